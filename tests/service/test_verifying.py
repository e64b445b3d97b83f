"""Everything that is kept is looked at: whatever is damaged is named, with what to do, and all else is good."""

import asyncio
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from agents.memory import memory_of
from hone.progress import Silent
from hone.settings import read_settings
from hone.workspace import Workspace
from retriever.searching.searcher import Question, Searcher
from service.verifying import Finding, verify
from tests.copying import copied
from tests.training.promotions import open_shop, passed, reweighed


async def converse(workspace: Workspace) -> None:
    async with memory_of(workspace) as memory:
        await memory.join("t1", "ana", "falcons", begins=True)
        config: Any = {"configurable": {"thread_id": "t1", "checkpoint_ns": ""}}
        checkpoint: Any = {"v": 1, "id": "1", "ts": "", "channel_values": {"turns": ["one"]}, "channel_versions": {}}
        checkpoint |= {"versions_seen": {}, "pending_sends": [], "updated_channels": None}
        await memory.aput(config, checkpoint, {}, {})


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with an index, a log, a conversation, a candidate and a calibration."""
    home = tmp_path_factory.mktemp("verified") / "home"
    with pytest.MonkeyPatch.context() as patch:
        from retriever.indexing.build import build

        patch.setattr("retriever.indexing.generations.build_apart", build)
        workspace = open_shop(home)
    searcher = Searcher(workspace)
    for word in ("mews", "hood"):
        searcher.search(Question(text=word))
    searcher.close()
    passed(workspace, reweighed(workspace))
    asyncio.run(converse(workspace))
    (home / "calibrations").mkdir()
    (home / "calibrations" / "a.json").write_text("{}")
    workspace.close()
    for file in home.glob("*.db"):
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return home


@pytest.fixture
def home(used: Path, tmp_path: Path) -> Path:
    return copied(used, tmp_path / "home")


def findings(home: Path) -> dict[str, Finding]:
    workspace = Workspace(read_settings(home))
    found = {item.thing: item for item in verify(workspace, Silent())}
    workspace.close()
    return found


def bad(home: Path) -> dict[str, str]:
    return {name: item.verdict for name, item in findings(home).items() if item.verdict != "good"}


def test_a_whole_workspace_is_good(home: Path) -> None:
    found = findings(home)
    assert {item.verdict for item in found.values()} == {"good"}
    assert set(found) == {
        *("library.db", "log.db", "threads.db", "vectors.db"),
        *("texts of documents", "registry", "index g000001", "vectors", "rows of the log", "conversations"),
    }


def execute(name: str, statement: str, *values: object) -> Callable[[Path], object]:
    def change(home: Path) -> None:
        with closing(sqlite3.connect(home / name)) as connection, connection:
            assert connection.execute(statement, values).rowcount > 0

    return change


def truncate(name: str, share: float) -> Callable[[Path], object]:
    def change(home: Path) -> None:
        content = (home / name).read_bytes()
        (home / name).write_bytes(content[: int(len(content) * share)])

    return change


def write(name: str, text: str) -> Callable[[Path], object]:
    return lambda home: (home / name).write_text(text)


def flip_every_page(name: str) -> Callable[[Path], object]:
    def change(home: Path) -> None:
        content = bytearray((home / name).read_bytes())
        for place in range(4096, len(content), 4096):
            content[place] ^= 0xFF  # what kind of page it is
        (home / name).write_bytes(content)

    return change


DAMAGE: dict[str, tuple[Callable[[Path], object], dict[str, str]]] = {
    "a word of a passage": (
        execute("library.db", "UPDATE passages SET text = replace(text, 'falcon', 'pigeon') WHERE document = 'mews'"),
        {"document mews": "damaged"},
    ),
    "a word of a document": (
        execute("library.db", "UPDATE documents SET text = replace(text, 'falcon', 'pigeon') WHERE id = 'mews'"),
        {"document mews": "damaged"},
    ),
    "a passage whose document is gone": (
        execute("library.db", "DELETE FROM documents WHERE id = 'mews'"),
        {"library.db": "damaged"},
    ),
    "a pointer to nothing": (
        execute("library.db", "INSERT INTO pointer (generation, at, why) VALUES ('g000009', 1, 'by hand')"),
        {"library.db": "damaged", "registry": "damaged", "index": "damaged"},
    ),
    "an index file": (
        lambda home: (home / "index/g000001/stray").write_text("x"),
        {"index g000001": "damaged"},
    ),
    "an index": (
        lambda home: (home / "index/g000001").rename(home / "elsewhere"),
        {"index g000001": "missing"},
    ),
    "a vector": (
        execute("vectors.db", "UPDATE vectors SET vector = zeroblob(length(vector)) WHERE rowid IN (SELECT 1) OR 1"),
        {"vectors": "damaged"},
    ),
    "the log, half": (truncate("log.db", 0.5), {"log.db": "damaged", "log": "damaged"}),
    "the log, to one page": (truncate("log.db", 0.05), {"log.db": "damaged", "log": "damaged"}),
    "the log, empty": (truncate("log.db", 0), {"log.db": "damaged"}),
    "a row of the log": (
        execute("log.db", "UPDATE searches SET stages = '{\"dense\": [[' WHERE user_query = 'mews'"),
        {"rows of the log": "damaged"},
    ),
    "a conversation": (
        execute("threads.db", "UPDATE checkpoints SET checkpoint = x'c1c1'"),
        {"conversations": "damaged"},
    ),
    "conversations, half": (truncate("threads.db", 0.5), {"threads.db": "damaged", "conversations": "damaged"}),
    "a calibration": (write("calibrations/a.json", "{"), {"calibrations/a.json": "damaged"}),
    "a manifest": (
        lambda home: next(home.glob("models/*/manifest.json")).write_text('{"version": 1}'),
        {"models": "damaged"},
    ),
    "pages of vectors.db": (flip_every_page("vectors.db"), {"vectors.db": "damaged", "vectors": "damaged"}),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_damage_is_named_with_what_to_do(home: Path, what: str) -> None:
    change, expected = DAMAGE[what]
    change(home)
    found = findings(home)
    assert {name: item.verdict for name, item in found.items() if item.verdict != "good"} == expected
    for item in found.values():
        assert bool(item.said) == bool(item.remedy) == (item.verdict != "good")


def test_a_library_that_is_gone_or_unreadable_keeps_nothing_else_from_being_looked_at(home: Path) -> None:
    content = (home / "library.db").read_bytes()
    (home / "library.db").write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    found = findings(home)
    assert found["library.db"].verdict == "damaged"
    assert found["rows of the log"].verdict == "good"
    (home / "library.db").unlink()
    found = findings(home)
    assert found["library.db"].verdict == "missing"
    assert found["rows of the log"].verdict == "good"
    assert not (home / "library.db").exists(), "looking made nothing"


def test_a_model_is_held_against_what_the_index_was_built_with(home: Path, tmp_path: Path) -> None:
    from retriever.encoding.modelfolder import find_model_folder, hash_model

    packaged = find_model_folder("")
    (tmp_path / "model").mkdir()
    for file in packaged.iterdir():
        if file.name == "1_Pooling" or file.is_file():
            (tmp_path / "model" / file.name).symlink_to(file)
    settings = {"dimensions": 384, "max_tokens": 256, "query_prompt": "", "passage_prompt": "", "truncate_dim": None}
    from retriever.encoding.encoder import identity_of

    card = {**settings, "model": "x", "hash": identity_of(hash_model(tmp_path / "model"), settings)}
    execute("library.db", "UPDATE models SET location = ?, card = ?", str(tmp_path / "model"), json.dumps(card))(home)
    name = next(name for name in findings(home) if name.startswith("model "))
    assert findings(home)[name].verdict == "good"
    (tmp_path / "model" / "config.json").unlink()
    (tmp_path / "model" / "config.json").write_text((packaged / "config.json").read_text() + " ")
    assert findings(home)[name].verdict == "damaged"
    (tmp_path / "model").rename(tmp_path / "moved")
    assert findings(home)[name].verdict == "missing"
