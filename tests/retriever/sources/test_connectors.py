import os
from collections.abc import Callable
from pathlib import Path

import pytest

from hone.errors import UsageError
from hone.workspace import Workspace
from retriever.sources.beir import BeirFile
from retriever.sources.connector import SourceItem, UnreachableError
from retriever.sources.connectors import CONNECTORS, open_connector
from retriever.sources.folder import Folder
from retriever.sources.source import Source, known_sources, remember_source, resolved


def source(address: str, **fields: object) -> Source:
    return Source(name="docs", address=address, groups=frozenset({"all"}), **fields)  # pyright: ignore[reportArgumentType]  # fields of any type


def test_an_address_opens_what_reads_it() -> None:
    assert isinstance(open_connector(source("/data/corpus.jsonl")), BeirFile)
    assert isinstance(open_connector(source("/data")), Folder)


@pytest.mark.parametrize("address", ["s3://bucket/prefix", "https://wiki.example", "imap+ssl://mail.example"])
def test_an_address_that_nothing_reads_is_answered_with_the_kinds_there_are(address: str) -> None:
    with pytest.raises(UsageError) as refused:
        open_connector(source(address))
    assert address in refused.value.message
    assert all(kind.address in refused.value.hint for kind in CONNECTORS)


def test_addresses_of_other_kinds_are_not_taken_for_paths(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "corpus.jsonl").touch()
    assert resolved("s3://bucket/a", tmp_path) == "s3://bucket/a"
    assert resolved("docs", tmp_path) == str(tmp_path / "docs")
    assert resolved("set", tmp_path) == str(tmp_path / "set" / "corpus.jsonl")


def test_a_single_files_source_is_that_file(tmp_path: Path) -> None:
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_text("x")
    connector = open_connector(source(str(tmp_path / "a.md")))
    items = [entry for entry in connector.list("") if isinstance(entry, SourceItem)]
    assert [item.path for item in items] == ["a.md"]
    assert connector.fetch(items[0]).body == tmp_path / "a.md"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list any folder")
def test_a_folder_that_can_not_be_listed_is_not_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    with pytest.raises(UnreachableError):
        list(open_connector(source(str(tmp_path))).list(""))
    assert list(open_connector(source(str(tmp_path), ignore=("closed/",))).list(""))


def test_a_source_of_the_settings_lives_only_as_long_as_it_stands_there(
    make_workspace: Callable[..., Workspace],
) -> None:
    section = '[[sources]]\nname = "docs"\npath = "docs"\ngroups = ["hr"]\n'
    workspace = make_workspace(section)
    listed = known_sources(workspace.settings, workspace.database)["docs"]
    remember_source(workspace.database, listed, synced=1.0, listed=True)
    assert known_sources(workspace.settings, workspace.database).keys() == {"docs"}
    assert known_sources(make_workspace("").settings, workspace.database) == {}
