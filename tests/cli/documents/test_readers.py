"""Who may read what `hone documents` takes in."""

from pathlib import Path

import pytest

from tests.cli.documents.folders import Hone, found, listed, source, toml, vectors_in, write


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


def test_a_group_that_nobody_has_is_told_with_those_that_are_like_it(hone: Hone, docs: Path) -> None:
    said = hone("documents", "add", docs, "-g", "everyon", "-g", "hr")
    assert said.code == 0
    assert ("'everyon'" in said.err, "everyone" in said.err, "'hr'" in said.err) == (True, True, False)
    assert "'everyon'" not in hone("documents", "add", docs, "-g", "everyon").err, "the first time made it known"


def test_rules_say_who_reads_some_documents_of_a_source(hone: Hone, home: Path, docs: Path) -> None:
    section = f'[[sources]]\nname = "wiki"\npath = "{docs}"\ngroups = ["everyone"]\n'
    toml(home, section + '[[sources.readers]]\npath = "it/"\ngroups = ["hr"]\n')
    assert hone("documents", "sync").code == 0
    assert found(hone, "reset the tunnel") == ["wiki/leave.md"]
    assert found(hone, "reset the tunnel", "--as", "ana")[0] == "wiki/it/vpn.md"
    toml(home, section)
    assert source(hone("documents", "sync", "--json"), "wiki")["regrouped"] == 1
    assert found(hone, "reset the tunnel")[0] == "wiki/it/vpn.md"
