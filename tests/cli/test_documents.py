"""`hone documents`, as an admin uses it and as a hostile folder meets it."""

import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Hone = Callable[..., Any]


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    write(folder / "leave.md", "# Leave\n\nEmployees take leave in whole days.\n")
    write(folder / "it" / "vpn.md", "# VPN\n\nReset the tunnel before you call anybody.\n")
    return folder


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def toml(home: Path, text: str) -> None:
    (home / "hone.toml").write_text('[encoder]\nmodel = "hash"\n[people.ana]\ngroups = ["hr"]\n' + text)


def source(said: Any, name: str = "docs") -> dict[str, Any]:
    return next(item for item in said.json["sources"] if item["source"] == name)


def listed(hone: Hone) -> dict[str, dict[str, Any]]:
    return {item["document"]: item for item in hone("documents", "list", "--json").json}


def found(hone: Hone, query: str, *more: str) -> list[str]:
    return [hit["document"] for hit in hone("search", query, "--json", *more).json["hits"]]


def passages_in(home: Path) -> list[tuple[str, str]]:
    with sqlite3.connect(home / "library.db") as library:
        return library.execute("SELECT document, id FROM passages ORDER BY document, ordinal").fetchall()


def vectors_in(home: Path) -> int:
    with sqlite3.connect(home / "vectors.db") as cache:
        return cache.execute("SELECT count(*) FROM vectors").fetchone()[0]


def test_without_a_group_only_admins_read_it_and_add_says_so(hone: Hone, docs: Path) -> None:
    said = hone("documents", "add", docs)
    assert said.code == 0
    assert "only admins" in said.out
    assert f"hone documents add {docs} --group everyone" in said.out
    assert found(hone, "leave days") == []
    assert found(hone, "leave days", "--as", "ana") == []
    assert found(hone, "leave days", "--as", "root")[0] == "docs/leave.md"
    assert hone("documents", "add", docs, "--group", "everyone").code == 0
    assert found(hone, "leave days")[0] == "docs/leave.md"


def test_giving_it_to_others_does_not_bring_back_what_was_ignored(hone: Hone, docs: Path) -> None:
    write(docs / "drafts" / "layoffs.md", "# Layoffs\n\nNobody may know yet.\n")
    hone("documents", "add", docs, "--ignore", "drafts/", "--url", "https://wiki.example/")
    hone("documents", "add", docs, "--group", "everyone")
    assert set(listed(hone)) == {"docs/leave.md", "docs/it/vpn.md"}
    assert listed(hone)["docs/leave.md"]["url"] == "https://wiki.example/leave.md"


@pytest.mark.slow
def test_only_what_changed_is_read_again_and_renames_are_followed(hone: Hone, home: Path, docs: Path) -> None:
    first = hone("documents", "add", docs, "--group", "everyone", "--json")
    assert (source(first)["added"], first.json["passages"]) == (2, 2)
    before, vectors = passages_in(home), vectors_in(home)

    (docs / "it" / "vpn.md").rename(docs / "it" / "tunnel.md")
    (docs / "it").rename(docs / "support")
    moved = hone("documents", "sync", "--json")
    assert {name: source(moved)[name] for name in ("added", "changed", "renamed", "removed", "unchanged")} == {
        "added": 0,
        "changed": 0,
        "renamed": 1,
        "removed": 0,
        "unchanged": 1,
    }
    assert passages_in(home) == before
    assert vectors_in(home) == vectors
    assert listed(hone)["docs/it/vpn.md"]["path"] == "support/tunnel.md"
    assert found(hone, "reset the tunnel", "--path", "support") == ["docs/it/vpn.md"]
    assert found(hone, "reset the tunnel", "--path", "it") == []

    again = hone("documents", "sync", "--json")
    assert source(again)["unchanged"] == 2
    assert again.json["generation"] == moved.json["generation"]

    write(docs / "it" / "vpn.md", "# Another\n\nThis came to the old place.\n")
    assert source(hone("documents", "sync", "--json"))["added"] == 1
    assert set(listed(hone)) == {"docs/leave.md", "docs/it/vpn.md", "docs/it/vpn.md~2"}


def test_what_is_gone_is_not_found_and_an_edit_keeps_the_passages_it_left_alone(
    hone: Hone, home: Path, docs: Path
) -> None:
    rule = " ".join(f"Rule {number} is that people rest." for number in range(40))
    write(docs / "leave.md", f"# Leave\n\n## Days\n\n{rule}\n\n## Carry over\n\nAt most five days. {rule}\n")
    hone("documents", "add", docs, "--group", "everyone")
    before, vectors = passages_in(home), vectors_in(home)
    (docs / "it" / "vpn.md").unlink()
    write(docs / "leave.md", (docs / "leave.md").read_text().replace("five days", "seven days"))
    said = source(hone("documents", "sync", "--json"))
    assert (said["changed"], said["removed"]) == (1, 1)
    assert vectors_in(home) == vectors + 1
    after = passages_in(home)
    assert len(after) == len(before) - 1
    assert len(set(before) & set(after)) == len(after) - 1
    assert set(found(hone, "reset the tunnel vpn")) == {"docs/leave.md"}
    assert "seven days" in hone("search", "carry over seven days").out


@pytest.mark.slow
def test_the_file_says_who_reads_and_what_leaves_the_file_leaves_the_index(hone: Hone, home: Path, docs: Path) -> None:
    section = f'[[sources]]\nname = "wiki"\npath = "{docs}"\n'
    toml(home, section + 'groups = ["hr"]\n')
    assert hone("documents", "sync").code == 0
    vectors = vectors_in(home)
    assert found(hone, "leave days") == []
    assert found(hone, "leave days", "--as", "ana")
    refused = hone("documents", "add", docs, "--name", "wiki")
    assert refused.code == 2
    assert "hone.toml" in refused.err
    assert hone("documents", "remove", "--source", "wiki").code == 2

    toml(home, section + 'groups = ["everyone"]\n')
    said = hone("documents", "sync", "--json")
    assert source(said, "wiki")["regrouped"] == 2
    assert vectors_in(home) == vectors
    assert found(hone, "leave days")

    toml(home, "")
    said = hone("documents", "sync", "--json")
    assert said.json["orphans"] == {"wiki": 2}
    assert (said.json["sources"], said.json["passages"]) == ([], 0)
    assert found(hone, "leave days") == []


def test_links_are_not_followed_and_patterns_choose_files(hone: Hone, docs: Path, tmp_path: Path) -> None:
    secret = write(tmp_path / "elsewhere" / "secret.md", "# Secret\n\nThe combination is 7.\n")
    (docs / "link.md").symlink_to(secret)
    (docs / "linked").symlink_to(secret.parent)
    (docs / "loop").symlink_to(docs)
    write(docs / "node_modules" / "x" / "readme.md", "# Nobody's\n")
    write(docs / "old" / "leave.md", "# Old leave\n\nNo more.\n")
    write(docs / "notes.txt", "A note.\n")
    os.mkfifo(docs / "pipe.md")
    said = hone("documents", "add", docs, "-g", "everyone", "--include", "*.md", "--ignore", "old/", "--json")
    assert source(said)["added"] == 2
    assert set(listed(hone)) == {"docs/leave.md", "docs/it/vpn.md"}


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


def test_a_group_that_nobody_has_is_told_with_those_that_are_like_it(hone: Hone, docs: Path) -> None:
    said = hone("documents", "add", docs, "-g", "everyon", "-g", "hr")
    assert said.code == 0
    assert ("'everyon'" in said.err, "everyone" in said.err, "'hr'" in said.err) == (True, True, False)
    assert "'everyon'" not in hone("documents", "add", docs, "-g", "everyon").err, "the first time made it known"


def test_patterns_that_leave_out_what_was_in_say_so_before_they_do(hone: Hone, docs: Path) -> None:
    hone("documents", "add", docs, "-g", "everyone")
    narrowed = ("documents", "add", docs, "-g", "everyone", "--include", "it/*.md")
    said = hone(*narrowed)
    assert said.code == 2
    assert "leave.md" in said.err
    assert "--yes" in said.err
    assert source(hone("documents", "sync", "--json"))["unchanged"] == 2
    assert hone(*narrowed, "--yes").code == 0
    assert set(listed(hone)) == {"docs/it/vpn.md"}
    assert hone("documents", "add", docs, "-g", "everyone", "--include", "*.md").code == 0, "wider drops nothing"


def test_rules_say_who_reads_some_documents_of_a_source(hone: Hone, home: Path, docs: Path) -> None:
    section = f'[[sources]]\nname = "wiki"\npath = "{docs}"\ngroups = ["everyone"]\n'
    toml(home, section + '[[sources.readers]]\npath = "it/"\ngroups = ["hr"]\n')
    assert hone("documents", "sync").code == 0
    assert found(hone, "reset the tunnel") == ["wiki/leave.md"]
    assert found(hone, "reset the tunnel", "--as", "ana")[0] == "wiki/it/vpn.md"
    toml(home, section)
    assert source(hone("documents", "sync", "--json"), "wiki")["regrouped"] == 1
    assert found(hone, "reset the tunnel")[0] == "wiki/it/vpn.md"


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


def test_a_document_of_a_single_file_can_be_removed(hone: Hone, docs: Path) -> None:
    hone("documents", "add", docs / "leave.md", "-g", "everyone")
    assert set(listed(hone)) == {"leave/leave.md"}
    assert hone("documents", "remove", "leave/leave.md").code == 0
    assert listed(hone) == {}


def test_files_from_impossible_times_are_read(hone: Hone, docs: Path) -> None:
    os.utime(docs / "leave.md", ns=(0, 2**63 - 1))
    os.utime(docs / "it" / "vpn.md", (0, -5_000_000_000))
    assert hone("documents", "add", docs, "-g", "everyone").code == 0
    assert len(listed(hone)) == 2
    assert source(hone("documents", "sync", "--json"))["unchanged"] == 2


BEIR: tuple[dict[str, Any], ...] = (
    {"_id": "r1", "title": "Salaries", "text": "Bands are paid monthly.", "groups": ["hr"]},
    {
        "_id": "r2",
        "text": "Bands play on Friday.",
        "modified": "2024-05-01T12:00:00+02:00",
        "url": "https://x.example/r2",
    },
    {"_id": 3, "title": "Numbered", "text": "An id that is a number."},
    {"_id": "r4", "text": "Bands that nobody was given.", "groups": []},
    {"_id": "far", "text": "Bands of the far future.", "modified": "9999-12-31T23:59:59-12:00"},
)
BAD = (
    '{"_id": "r5", "text": ',
    '{"_id": "r6"}',
    '["r7"]',
    '{"_id": "r1", "text": "the same id"}',
    '{"_id": "r8", "text": "x", "modified": "yesterday"}',
    '{"_id": "r\\u001b9", "text": "an escape"}',
    '{"_id": "", "text": "no id"}',
)


@pytest.mark.slow
def test_a_corpus_is_taken_with_its_bad_lines_told(hone: Hone, tmp_path: Path) -> None:
    corpus = tmp_path / "set" / "corpus.jsonl"
    write(corpus, "\n".join([*map(json.dumps, BEIR), "", *BAD]) + "\n")
    said = hone("documents", "add", tmp_path / "set", "-g", "everyone", "--json")
    assert (said.code, source(said, "set")["added"]) == (0, len(BEIR))
    first = len(BEIR) + 2
    assert [item["path"] for item in source(said, "set")["rejected"]] == [
        f"line {first + place}" for place in range(len(BAD))
    ]
    documents = listed(hone)
    assert set(documents) == {"r1", "r2", "3", "r4", "far"}
    assert documents["r1"]["groups"] == ["hr"]
    assert documents["r4"]["groups"] == ["admin"], "a record for nobody is for admins, not for everyone"
    assert documents["r2"]["modified"] == "2024-05-01T10:00:00+00:00"
    assert documents["r2"]["url"] == "https://x.example/r2"
    assert set(found(hone, "bands")) == {"r2", "far", "3"}
    assert "r1" in found(hone, "bands", "--as", "ana")
    assert found(hone, "bands", "--until", "2024-05-01") == ["r2"]

    changed = [{**BEIR[0], "groups": ["eng"]}, BEIR[1], {"_id": "r9", "text": "Bands anew."}]
    write(corpus, "\n".join(map(json.dumps, changed)))
    said = hone("documents", "sync", "--json")
    counts = {name: source(said, "set")[name] for name in ("added", "changed", "removed", "unchanged")}
    assert counts == {"added": 1, "changed": 1, "removed": 3, "unchanged": 1}
    assert "r1" not in found(hone, "bands", "--as", "ana")
    assert "r1" in found(hone, "bands", "--as", "bo")
    assert hone("documents", "status", "--json").json["rejections"] == []


def test_a_record_can_not_take_a_files_place_nor_a_file_a_records(hone: Hone, tmp_path: Path, docs: Path) -> None:
    corpus = write(tmp_path / "aaa.jsonl", json.dumps({"_id": "docs/leave.md", "text": "I was here first."}) + "\n")
    hone("documents", "add", corpus, "-g", "everyone")
    hone("documents", "add", docs, "-g", "hr")
    documents = listed(hone)
    assert documents["docs/leave.md"]["source"] == "aaa"
    assert documents["docs/leave.md~2"]["groups"] == ["hr"]
    assert len(documents) == 3


def test_a_source_that_is_not_there_does_not_keep_the_others_from_being_read(
    hone: Hone, docs: Path, tmp_path: Path
) -> None:
    corpus = write(tmp_path / "c.jsonl", json.dumps({"_id": "r1", "text": "A record."}) + "\n")
    hone("documents", "add", corpus, docs, "-g", "everyone")
    corpus.unlink()
    write(docs / "fresh.md", "# Fresh\n\nThis page is new.\n")
    said = hone("documents", "sync")
    assert (said.code, str(corpus) in said.err) == (2, True)
    assert {"r1", f"{docs.name}/fresh.md"} <= set(listed(hone))


def test_a_source_that_is_not_there_is_not_an_empty_one(hone: Hone, docs: Path, tmp_path: Path) -> None:
    corpus = write(tmp_path / "c.jsonl", json.dumps({"_id": "r1", "text": "A record."}) + "\n")
    hone("documents", "add", docs, corpus, "-g", "everyone")
    for gone in (docs, corpus):
        gone.rename(tmp_path / "unmounted")
        said = hone("documents", "sync")
        assert said.code == 2
        assert str(gone) in said.err
        assert len(listed(hone)) == 3
        (tmp_path / "unmounted").rename(gone)


def test_show_gives_the_stored_text_and_where_it_was_cut(hone: Hone, docs: Path) -> None:
    hone("documents", "add", docs, "-g", "everyone")
    said = hone("documents", "show", "leave.md")
    assert "title:     Leave" in said.out
    assert "Employees take leave" in said.out
    cut = hone("documents", "show", "docs/leave.md", "--passages")
    assert "[0] Leave" in cut.out


def test_status_tells_of_what_was_cut_off(hone: Hone, home: Path, docs: Path) -> None:
    hone("documents", "add", docs, "-g", "everyone")
    assert hone("documents", "status", "--json").json["behind"] is False
    with sqlite3.connect(home / "library.db") as library:
        library.execute("UPDATE library SET revision = revision + 1")
    assert "hone documents sync" in hone("documents", "status").out


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (("documents", "add", "nowhere"), 2, "nowhere"),
        (("documents", "add", "s3://bucket/docs", "--name", "x"), 2, "s3://bucket/docs"),
        (("documents", "add", "tests", "cli", "--name", "x"), 2, "'x'"),
        (("documents", "add", "tests", "--name", "a/b"), 2, "'a/b'"),
        (("documents", "add", "cli", "tests/cli"), 2, "'cli'"),
        (("documents", "sync", "nosuch"), 2, "nosuch"),
        (("documents", "show", "nosuch"), 2, "There is no workspace"),
        (("documents", "list"), 2, "There is no workspace"),
        (("documents", "fly"), 2, "No such command"),
    ],
)
def test_what_is_asked_wrongly_is_answered_with_a_remedy(
    hone: Hone, command: tuple[str, ...], code: int, said: str
) -> None:
    told = hone(*command)
    assert (told.code, told.out) == (code, "")
    assert said in told.err
    assert "→" in told.err or "Try 'hone" in told.err
    assert "Traceback" not in told.err


def test_what_is_not_there_can_not_be_shown_or_removed(hone: Hone, docs: Path) -> None:
    hone("documents", "add", docs, "-g", "everyone")
    for command in (("show", "nosuch"), ("remove", "nosuch"), ("remove", "--source", "nosuch")):
        told = hone("documents", *command)
        assert told.code in {1, 2}
        assert "→" in told.err
    for command in (("remove",), ("remove", "x", "--source", "y")):
        told = hone("documents", *command)
        assert (told.code, "--source" in told.err) == (2, True)


def test_bytes_that_are_no_text_are_refused(hone: Hone) -> None:
    told = hone("search", os.fsdecode(b"\xff\xfe"))
    assert told.code == 2
    assert "UTF-8" in told.err
    assert "Traceback" not in told.err


def test_a_home_may_be_called_anything(
    hone_at: Hone, home: Path, docs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = home.rename(tmp_path / "ho me?a=1#b%20ü")
    monkeypatch.chdir(tmp_path)
    added = hone_at(odd, "documents", "add", docs, "-g", "everyone")
    assert added.code == 0, added.err
    told = hone_at(odd, "search", "tunnel")
    assert "docs/it/vpn.md" in told.out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["docs", odd.name]
