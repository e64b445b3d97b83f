"""What a sync of a folder takes, keeps and drops."""

import json
import os
from pathlib import Path

import pytest

from tests.cli.documents.folders import Hone, found, listed, passages_in, source, vectors_in, write


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
