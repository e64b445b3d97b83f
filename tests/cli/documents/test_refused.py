"""Files that a hostile or careless folder holds, and how they are refused."""

import os
from pathlib import Path

import pytest

from tests.cli.documents.folders import Hone, listed, source, toml, write


def test_a_file_that_can_not_be_read_is_told_with_its_reason_once(hone: Hone, docs: Path) -> None:
    (docs / "report.pdf").write_bytes(b"%PDF-1.7\nnothing that is a PDF")
    (docs / "movie.mkv").write_bytes(b"\x00")
    said = hone("documents", "add", docs, "-g", "everyone")
    assert said.code == 0
    assert "report.pdf" in said.out
    assert ".mkv (1)" in said.out
    assert "report.pdf" not in hone("documents", "sync").out
    assert "report.pdf: " in hone("documents", "status").out
    told = hone("search", "anything", "docs/report.pdf", "--why", "--json").json
    assert told["outcome"] == "refused"

    (docs / "report.pdf").unlink()
    write(docs / "report.md", "# Report\n\nReadable now.\n")
    hone("documents", "sync")
    assert "report.pdf" not in hone("documents", "status").out


def test_a_refused_file_that_was_mended_is_forgiven(hone: Hone, home: Path, docs: Path) -> None:
    toml(home, "[reading]\nfile_mb = 1\n")
    write(docs / "plan.md", "# Plan\n\n" + "We move in the spring. " * 60_000)
    refused = hone("documents", "add", docs, "-g", "everyone", "--json")
    assert [item["path"] for item in source(refused)["rejected"]] == ["plan.md"]
    write(docs / "plan.md", "# Plan\n\nWe move in the spring.\n")
    assert source(hone("documents", "sync", "--json"))["added"] == 1
    assert hone("documents", "status", "--json").json["rejections"] == []


def test_what_was_refused_is_tried_again_when_its_limit_changes_or_when_asked_to(
    hone: Hone, home: Path, docs: Path
) -> None:
    toml(home, "[reading]\nfile_mb = 1\n")
    write(docs / "plan.md", "# Plan\n\n" + "We move in the spring. " * 60_000)
    (docs / "report.pdf").write_bytes(b"%PDF-1.7\nnothing that is a PDF")
    hone("documents", "add", docs, "-g", "everyone")
    refused = hone("documents", "status", "--json").json["rejections"]
    assert {item["path"]: item["cause"] for item in refused} == {"plan.md": "size", "report.pdf": "damaged"}
    assert source(hone("documents", "sync", "--json"))["known_rejected"] == 2
    again = source(hone("documents", "sync", "--retry", "--json"))
    assert (len(again["rejected"]), again["known_rejected"]) == (2, 0)
    toml(home, "[reading]\nfile_mb = 2\n")
    raised = source(hone("documents", "sync", "--json"))
    assert (raised["added"], raised["known_rejected"]) == (1, 1)


def test_skipped_files_are_named(hone: Hone, docs: Path) -> None:
    names = [f"clip {number:02}.mkv" for number in range(25)]
    for name in names:
        write(docs / name, "?")
    write(docs / "rules.md.erb", "# Rules\n\nA template that says what it says.\n")
    said = hone("documents", "add", docs, "-g", "everyone", "--json")
    assert source(said)["unsupported"] == {".mkv": 25}
    status = hone("documents", "status")
    assert [name for name in names if name in status.out] == names[:20]
    assert "5 more" in status.out
    told = hone("documents", "status", "--json").json
    assert [item["path"] for item in told["skipped"]] == names
    assert told["rejections"] == []
    assert listed(hone)["docs/rules.md.erb"]["kind"] == "md"


def test_names_that_would_write_to_a_terminal_or_are_no_text_are_refused(hone: Hone, docs: Path) -> None:
    (docs / "red\x1b[31m.md").write_text("# Red\n")
    Path(os.fsdecode(os.fsencode(docs) + b"/latin\xe9.md")).write_text("# Latin\n")
    Path(os.fsdecode(os.fsencode(docs) + b"/kind.\xe9")).write_text("?")
    said = hone("documents", "add", docs, "-g", "everyone")
    assert said.code == 0
    assert "\x1b" not in said.out
    assert said.out.count("rename it") == 2
    assert len(listed(hone)) == 2
    assert source(hone("documents", "sync", "--json"))["known_rejected"] == 2


@pytest.mark.slow
def test_names_that_look_like_markup_or_patterns_are_only_names(hone: Hone, docs: Path) -> None:
    write(docs / "a[1] *.md", "# [/bold] Brackets\n\nThe word is marmalade.\n")
    write(docs / "a1 x.md", "# Other\n\nThe word is marmalade too, with butter on it.\n")
    write(docs / "x[" / "red].md", "# Folder\n\nThe word is marmalade again, in a jar.\n")
    hone("documents", "add", docs, "-g", "everyone")
    for command in (("documents", "list"), ("search", "marmalade"), ("search", "marmalade", "x[/red].md", "--why")):
        said = hone(*command)
        assert said.code == 0
        assert "x[/red].md" in said.out
    removed = hone("documents", "remove", "docs/a[1] *.md", "--json")
    assert source(removed)["removed"] == 1
    assert set(listed(hone)) == {"docs/leave.md", "docs/it/vpn.md", "docs/a1 x.md", "docs/x[/red].md"}
    assert source(hone("documents", "sync", "--json"))["added"] == 0
