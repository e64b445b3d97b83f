"""Damage is noticed, said and survived: flipped bits, a changed model, a full disk."""

import json
import random
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from hone.errors import HoneError
from hone.progress import Silent
from hone.settings import read_settings
from hone.workspace import Workspace
from retriever.encoding.modelfolder import find_model_folder
from retriever.indexing.damage import damage_of
from retriever.indexing.encoders import Encoders
from retriever.indexing.generations import rebuild, verify_all
from retriever.searching.searcher import Question, Searcher
from retriever.sources.sync import sync
from retriever.storing import engine_for
from retriever.storing.edge import EdgeEngine
from tests.commands import Run

ENCODER = '[encoder]\nmodel = "hash"\n'
SOURCE = '[[sources]]\nname = "docs"\npath = "../docs"\ngroups = ["everyone"]\n'
FALCON = Question(text="where does the falcon sleep")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with two generations, the older of which lacks b.md."""
    root = tmp_path_factory.mktemp("damage")
    (root / "docs").mkdir()
    (root / "home").mkdir()
    (root / "home" / "hone.toml").write_text(ENCODER + SOURCE)
    workspace = Workspace(read_settings(root / "home"))
    for name, text in (
        ("a.md", "# A\n\nThe falcon sleeps in the mews.\n"),
        ("b.md", "# B\n\nThe falcon sleeps on the glove.\n"),
    ):
        (root / "docs" / name).write_text(text)
        sync(workspace, [], Silent(), wait=0)
    workspace.close()
    return root


@pytest.fixture
def workspace(original: Path, tmp_path: Path) -> Iterator[Workspace]:
    """A copy to damage; `cp` keeps the holes that the engine's files are full of."""
    subprocess.run(["cp", "-a", *original.iterdir(), tmp_path], check=True)
    workspace = Workspace(read_settings(tmp_path / "home"))
    yield workspace
    workspace.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "docs"


def flip_bit(file: Path, place: int = 0) -> None:
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(content)


def files_of(workspace: Workspace, generation: str) -> list[Path]:
    files = [path for path in (workspace.index / generation).rglob("*") if path.is_file() and path.stat().st_size]
    return sorted(path for path in files if path.name not in {"owner", "manifest.json"})


def found(workspace: Workspace) -> set[str]:
    searcher = Searcher(workspace)
    try:
        return {hit.document for hit in searcher.search(FALCON).hits}
    finally:
        searcher.close()


def test_a_flipped_bit_anywhere_is_found(workspace: Workspace) -> None:
    generation = workspace.registry.generation("g000002")
    engine = engine_for(workspace)
    files = files_of(workspace, generation.id)
    assert len(files) > 5
    for file in (workspace.index / generation.id / "manifest.json", *random.Random(4).sample(files, 5)):
        place = file.stat().st_size // 2
        flip_bit(file, place)
        assert damage_of(engine, workspace, generation), f"a flipped bit in {file.name} was not noticed"
        flip_bit(file, place)
    assert not any(verdict.damage for verdict in verify_all(workspace))


def test_a_search_says_that_the_index_is_damaged_and_answers_from_the_one_before(workspace: Workspace) -> None:
    assert found(workspace) == {"docs/a.md", "docs/b.md"}
    flip_bit(files_of(workspace, "g000002")[0])
    searcher = Searcher(workspace)
    result = searcher.search(FALCON)
    searcher.close()
    assert result.generation == "g000001"
    assert {hit.document for hit in result.hits} == {"docs/a.md"}
    assert "g000002 is damaged" in result.notices[0]
    assert "hone index rebuild" in result.notices[-1]
    states = {item.id: item.state for item in workspace.registry.generations()}
    assert states == {"g000001": "ready", "g000002": "damaged"}


def test_a_generation_that_is_gone_is_damaged_too(workspace: Workspace) -> None:
    (workspace.index / "g000002").rename(workspace.home / "elsewhere")
    assert found(workspace) == {"docs/a.md"}


def test_with_no_good_index_the_error_says_how_to_get_one(workspace: Workspace) -> None:
    for generation in ("g000001", "g000002"):
        flip_bit(files_of(workspace, generation)[0])
    with pytest.raises(HoneError, match="g000002") as raised:
        found(workspace)
    assert "hone index rebuild" in raised.value.hint
    rebuild(workspace, Silent())
    assert found(workspace) == {"docs/a.md", "docs/b.md"}
    assert not any(verdict.damage for verdict in verify_all(workspace))


def test_a_sync_mends_a_damaged_index_even_when_nothing_has_changed(workspace: Workspace) -> None:
    flip_bit(files_of(workspace, "g000002")[0])
    sync(workspace, [], Silent(), wait=0)
    assert found(workspace) == {"docs/a.md", "docs/b.md"}
    live = workspace.registry.live()
    assert live is not None
    assert live.id == "g000003"


def test_verify_and_rebuild_at_the_command_line(workspace: Workspace, hone_at: Run) -> None:
    flip_bit(files_of(workspace, "g000002")[0])
    told = hone_at(workspace.home, "index", "verify")
    assert told.code == 1
    assert "g000002: " in told.out
    assert "g000001: good" in told.out
    assert "hone index rebuild" in told.out + told.err
    told = hone_at(workspace.home, "search", "falcon")
    assert told.code == 0
    assert "damaged" in told.out + told.err
    assert hone_at(workspace.home, "index", "rebuild").code == 0
    assert hone_at(workspace.home, "index", "verify").code == 0


def test_an_index_of_another_encoder_is_not_asked(workspace: Workspace) -> None:
    """Were the registry changed by hand, questions and passages would be vectors of different models."""
    other = Encoders(workspace).register("hash")
    with sqlite3.connect(workspace.home / "library.db") as registry:
        registry.execute("UPDATE models SET card = json_set(card, '$.hash', 'another') WHERE id = ?", (other.id,))
    with pytest.raises(HoneError, match="g000002"):
        found(workspace)
    assert all("manifest says encoder" in verdict.damage for verdict in verify_all(workspace))


@pytest.mark.slow
def test_a_model_folder_that_was_changed_is_refused_until_the_index_is_built_anew(folder: Path, tmp_path: Path) -> None:
    model = tmp_path / "model"
    packaged = find_model_folder("")
    shutil.copytree(packaged, model, ignore=shutil.ignore_patterns("model.safetensors"))
    (model / "model.safetensors").symlink_to(packaged / "model.safetensors")
    home = tmp_path / "home"
    folder.mkdir()
    (folder / "a.md").write_text("# A\n\nThe falcon sleeps in the mews.\n")
    home.mkdir()
    (home / "hone.toml").write_text(f'[encoder]\nmodel = "{model}"\ndevice = "cpu"\n{SOURCE}')
    workspace = Workspace(read_settings(home))
    sync(workspace, [], Silent(), wait=0)
    assert found(workspace) == {"docs/a.md"}
    settings = model / "sentence_bert_config.json"
    settings.write_text(json.dumps({**json.loads(settings.read_text()), "max_seq_length": 64}))
    with pytest.raises(HoneError, match="has hash") as raised:
        found(workspace)
    assert f"hone index rebuild --encoder {model}" in raised.value.hint
    (folder / "b.md").write_text("# B\n\nThe falcon sleeps on the glove.\n")
    with pytest.raises(HoneError, match="has hash"):
        sync(workspace, [], Silent(), wait=0)
    rebuild(workspace, Silent(), encoder=str(model))
    assert found(workspace) == {"docs/a.md", "docs/b.md"}
    workspace.close()


def test_a_build_that_does_not_fit_the_disk_is_refused_and_what_is_live_stays(
    workspace: Workspace, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine's own process would be killed by the kernel; so space is asked for before every write."""
    full = EdgeEngine(workspace.index, free=lambda _: 2**20)

    def engine_of(_: Workspace) -> EdgeEngine:
        return full

    monkeypatch.setattr("retriever.indexing.build.engine_for", engine_of)
    (folder / "c.md").write_text("# C\n\nThe falcon sleeps no more.\n")
    for change in (lambda: sync(workspace, [], Silent(), wait=0), lambda: rebuild(workspace, Silent())):
        with pytest.raises(HoneError, match="has 1 MiB free") as raised:
            change()
        assert "hone index prune" in raised.value.hint
    assert found(workspace) == {"docs/a.md", "docs/b.md"}
    monkeypatch.undo()
    sync(workspace, [], Silent(), wait=0)
    assert found(workspace) == {"docs/a.md", "docs/b.md", "docs/c.md"}


def test_a_damaged_vector_cache_is_told_with_a_remedy(workspace: Workspace, folder: Path) -> None:
    (folder / "c.md").write_text("# C\n\nThe falcon sleeps no more.\n")
    for file in workspace.home.glob("vectors.db*"):
        file.unlink()
    workspace.vectors.write_bytes(b"this is no database" * 1000)
    with pytest.raises(HoneError, match=r"vector cache .* is damaged") as raised:
        sync(workspace, [], Silent(), wait=0)
    assert "-wal" in raised.value.hint
    workspace.vectors.unlink()
    sync(workspace, [], Silent(), wait=0)
    assert found(workspace) == {"docs/a.md", "docs/b.md", "docs/c.md"}


def test_a_damaged_library_is_told_with_a_remedy(workspace: Workspace, hone_at: Run) -> None:
    home = workspace.home
    workspace.close()
    with sqlite3.connect(home / "library.db") as library:
        library.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = (home / "library.db").read_bytes()
    (home / "library.db").write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    for command in (("search", "falcon"), ("documents", "list"), ("documents", "sync"), ("index", "list")):
        told = hone_at(home, *command)
        assert told.code == 1
        assert "not a readable database" in told.err
        assert "backup" in told.err
