"""What only the embedded engine has to do: many readers, one writer, kills, damage and full disks."""

import multiprocessing
import os
import signal
import stat
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from hone.errors import HoneError
from hone.records import EncoderCard
from retriever.storing.copying import copy_file, files_below
from retriever.storing.edge import SHARD, VIEWS, EdgeEngine
from retriever.storing.manifest import seal, verify
from retriever.storing.space import spare_folders
from retriever.storing.store import NO_HITS, PointFilter
from retriever.storing.views import GUARD
from tests.retriever.storing.points import id_of, ids_in, point, question

CARD = EncoderCard(
    model="m", hash="h", dimensions=4, max_tokens=9, query_prompt="", passage_prompt="", truncate_dim=None
)
ROOT = Path(__file__).parents[3]


def sealed(engine: EdgeEngine, root: Path, name: str = "first", count: int = 50, *, compact: bool = False) -> Path:
    store = engine.create(name, 4)
    store.upsert(
        point(number, angle=90 * number / count, words="leave " + "form " * (number % 97))
        for number in range(1, count + 1)
    )
    if compact:
        store.compact()
        assert store.facts().details["segments"] == "2"  # one to read, and an empty one to write
    store.flush()
    store.close()
    seal(root / name, encoder=CARD, points=count, library_revision=1, analyser=1)
    return root / name


def start(code: str, *arguments: object) -> subprocess.Popen[str]:
    """Run Python beside this process, with the repository's modules."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)


READER = """
import sys
import tempfile
from pathlib import Path
from retriever.storing.edge import EdgeEngine
from tests.retriever.storing.points import found, question
store = EdgeEngine(Path(sys.argv[1]), patience=0).open("first")
print(found(store, question(limit=3)), flush=True)
sys.stdin.readline()
store.close()
"""


@pytest.mark.proof
@pytest.mark.parametrize("compact", [False, True])
def test_many_processes_search_one_sealed_generation_and_change_nothing(tmp_path: Path, compact: bool) -> None:
    engine = EdgeEngine(tmp_path, patience=0, compact_from=1)
    folder = sealed(engine, tmp_path, count=90, compact=compact)
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files_below(folder)}
    others = [start(READER, tmp_path) for _ in range(2)]
    here = [engine.open("first") for _ in range(2)]
    answers = [other.stdout.readline().strip() for other in others if other.stdout]
    assert answers == ["([1, 2, 3], [1, 2, 3])"] * 2
    assert here[0].search([question()]) == here[1].search([question()]) != [NO_HITS]
    for other in others:
        other.communicate("\n")
    for store in here:
        store.close()
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files_below(folder)} == before
    assert verify(folder) == ()
    assert [path.name for path in (tmp_path / VIEWS).iterdir()] == [GUARD]


@pytest.mark.proof
def test_the_view_of_a_killed_reader_is_removed_by_the_next_and_that_of_a_living_one_kept(tmp_path: Path) -> None:
    engine = EdgeEngine(tmp_path)
    sealed(engine, tmp_path)
    dead, living = start(READER, tmp_path), start(READER, tmp_path)
    for reader in (dead, living):
        assert reader.stdout is not None
        reader.stdout.readline()
    dead.kill()
    dead.wait()
    views = tmp_path / VIEWS
    assert len(list(views.glob("first-*"))) == 2
    store = engine.open("first")
    assert len(list(views.glob("first-*"))) == 2  # the living one's and this one's
    living.communicate("\n")
    assert living.returncode == 0
    store.close()


@pytest.fixture
def disk() -> Iterator[Path]:
    """A folder on the disk: in a file system in memory, holes fill up when they are read."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        yield Path(folder)


def test_a_view_takes_hardly_any_room(disk: Path) -> None:
    engine = EdgeEngine(disk)
    sealed(engine, disk, count=2000)
    store = engine.open("first")
    own: list[os.stat_result] = []
    for path in files_below(disk / VIEWS):
        with suppress(FileNotFoundError):  # the engine prepares its log's next file under another name first
            own.append(path.stat())
    taken = sum(facts.st_blocks * 512 for facts in own if facts.st_nlink == 1)
    assert taken < 2 * 2**20 < 10 * 2**20 < sum(path.stat().st_size for path in files_below(disk / "first"))
    store.close()


def test_a_sealed_generation_refuses_changes(tmp_path: Path) -> None:
    engine = EdgeEngine(tmp_path)
    sealed(engine, tmp_path)
    store = engine.open("first")
    changes: list[Callable[[], None]] = [
        lambda: store.upsert([point(99)]),
        lambda: store.delete([id_of(1)]),
    ]
    for change in changes:
        with pytest.raises(HoneError, match="sealed"):
            change()
    store.flush()
    store.close()


def test_readers_keep_what_is_dropped(tmp_path: Path) -> None:
    engine = EdgeEngine(tmp_path)
    sealed(engine, tmp_path)
    store = engine.open("first")
    engine.drop("first")
    assert not engine.exists("first")
    assert len(store.search([question()])[0]["dense"]) == 10
    store.close()


def test_a_copy_of_a_sealed_generation_takes_changes_and_keeps_them(tmp_path: Path) -> None:
    """Without the log the engine drops changes to points it knows, and says nothing."""
    engine = EdgeEngine(tmp_path)
    folder = sealed(engine, tmp_path)
    copy = engine.copy("first", "second")
    copy.upsert([point(1, groups="hr")])
    copy.delete([id_of(2)])
    copy.flush()
    copy.close()
    copy = engine.open("second")
    assert [hit.id for hit in copy.search([question(limit=1)])[0]["dense"]] == [id_of(3)]
    assert copy.facts().points == 49
    copy.close()
    assert verify(folder) == ()


def test_a_second_writer_waits_its_turn(tmp_path: Path) -> None:
    engine = EdgeEngine(tmp_path, patience=30)
    first = engine.create("first", 4)
    with ThreadPoolExecutor(1) as other:
        waiting = other.submit(engine.open, "first")
        first.upsert([point(1)])
        assert not waiting.done()
        first.close()
        second = waiting.result(timeout=30)
    assert second.facts().points == 1
    second.close()


def test_a_second_writer_that_has_waited_long_enough_is_told_who_is_busy(tmp_path: Path) -> None:
    first = EdgeEngine(tmp_path).create("first", 4)
    impatient = EdgeEngine(tmp_path, patience=0.1)
    uses: list[Callable[[str], object]] = [impatient.open, impatient.drop, lambda name: impatient.copy(name, "second")]
    for use in uses:
        with pytest.raises(HoneError, match=f"'first' .*process {os.getpid()}") as caught:
            use("first")
        assert "Wait" in caught.value.hint
    first.upsert([point(1)])
    assert first.facts().points == 1
    first.close()


WRITER = """
import sys
import tempfile
from pathlib import Path
from retriever.storing.edge import EdgeEngine
from tests.retriever.storing.points import id_of, point
engine = EdgeEngine(Path(sys.argv[1]))
store = engine.copy("first", "second") if engine.exists("first") else engine.create("second", 4)
store.delete([id_of(1)])
store.upsert([point(2, groups="hr")])
for number in range(100, 1_000_000):
    store.upsert([point(number)])
    if number == 110:
        store.flush()
    print(number, flush=True)
"""


def test_compacting_changes_no_result(tmp_path: Path) -> None:
    store = EdgeEngine(tmp_path, compact_from=1).create("first", 4)
    texts = ["leave", "leave form", "travel form", "leave leave travel policy"]
    store.upsert(
        point(number, angle=number / 10, words=texts[number % 4] + " x" * (number % 50), groups=f"staff g{number % 5}")
        for number in range(1, 801)
    )
    asked = [
        question(words, limit=1000, allowed=allowed)
        for words in ("leave", "travel form", "leave policy x")
        for allowed in (
            PointFilter(groups=frozenset({"staff"})),
            PointFilter(groups=frozenset({"g1", "g2"}), kinds=frozenset({"pdf"}), since=100_000.0),
            PointFilter(groups=frozenset({"g3"}), ids=frozenset(id_of(number) for number in range(1, 100))),
        )
    ]
    before = store.search(asked)
    store.compact()
    assert store.facts().details["segments"] == "2"
    after = store.search(asked)
    for old, new in zip(before, after, strict=True):
        for left, right in ((old["dense"], new["dense"]), (old["bm25"], new["bm25"])):
            scores = {hit.id: hit.score for hit in left}
            assert {hit.id: hit.score for hit in right} == pytest.approx(scores, abs=1e-5)
            assert scores
    store.close()


@pytest.mark.proof
@pytest.mark.parametrize("base", ["none", "plain", "compact"])
def test_a_killed_writer_loses_nothing_that_was_acknowledged(tmp_path: Path, base: str) -> None:
    copied = base != "none"
    if copied:
        sealed(EdgeEngine(tmp_path, compact_from=1), tmp_path, count=99, compact=base == "compact")
    writer = start(WRITER, tmp_path)
    assert writer.stdout is not None
    done = 0
    while done < 200:
        done = int(writer.stdout.readline())
    os.kill(writer.pid, signal.SIGKILL)
    rest = writer.stdout.read().split("\n")[:-1]  # acknowledged before the kill, not read yet
    writer.wait()
    done = int(rest[-1]) if rest else done
    store = EdgeEngine(tmp_path, patience=0).open("second")
    ids = {uuid.UUID(found).int for found in ids_in(store, frozenset({"hr", "staff"}))}
    assert ids >= set(range(100, done + 1))
    assert max(ids) <= done + 1
    assert len(ids) == store.facts().points
    if copied:
        assert 1 not in ids
        assert id_of(2) not in {hit.id for hit in store.search([question(limit=1000)])[0]["dense"]}
    store.close()


def test_a_full_disk_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    free = [10 * 2**30]
    engine = EdgeEngine(tmp_path, free=lambda _: free[0])
    folder = sealed(engine, tmp_path)
    copy = engine.copy("first", "second")
    free[0] = 2**20
    changes: list[Callable[[], object]] = [
        lambda: copy.upsert([point(99)]),
        lambda: copy.delete([id_of(1)]),
        lambda: engine.create("third", 4),
        lambda: engine.copy("first", "third"),
    ]
    for change in changes:
        with pytest.raises(HoneError, match="has 1 MiB free") as caught:
            change()
        assert "prune" in caught.value.hint
    assert copy.facts().points == 50
    assert not engine.exists("third")
    copy.close()
    with pytest.raises(HoneError, match=r"full.* memory"):
        engine.open("first")
    assert verify(folder) == ()


@pytest.fixture
def spare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand-ins for the machine's temporary disk and its memory."""
    for name in ("temporary", "memory"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.setattr("retriever.storing.space.MEMORY", tmp_path / "memory")
    return tmp_path


@pytest.mark.parametrize("room", ["temporary", "memory"])
def test_a_search_on_a_full_disk_has_its_view_elsewhere_and_finds_the_same(spare: Path, room: str) -> None:
    home = spare / "home"
    folder = sealed(EdgeEngine(home), home)
    beside = EdgeEngine(home).open("first")
    expected = beside.search([question()])
    beside.close()
    full = EdgeEngine(home, free=lambda path: 2**40 if path.is_relative_to(spare / room) else 0)
    store = full.open("first")
    (view,) = (spare / room).glob("hone-*/first-*")
    assert stat.S_IMODE(view.parent.stat().st_mode) == 0o700
    assert store.search([question()]) == expected != [NO_HITS]
    store.close()
    assert not view.exists()
    assert verify(folder) == ()


def test_a_folder_that_others_may_enter_is_not_used_for_views(spare: Path) -> None:
    places = list(spare_folders(spare))
    assert [place.parent.name for place in places] == ["temporary", "memory"]
    places[0].chmod(0o777)
    assert [place.parent.name for place in spare_folders(spare)] == ["memory"]


@pytest.mark.parametrize("victim", ["edge_config.json", "segment.json"])
def test_files_that_the_engine_can_not_read_are_an_error_with_a_remedy(tmp_path: Path, victim: str) -> None:
    engine = EdgeEngine(tmp_path)
    folder = sealed(engine, tmp_path)
    next((folder / SHARD).rglob(victim)).write_text("{")
    with pytest.raises(HoneError, match=victim.partition(".")[0].partition("_")[0]) as caught:
        engine.open("first")
    assert "hone index rebuild" in caught.value.hint
    assert [path.name for path in (tmp_path / VIEWS).iterdir()] == [GUARD]


def test_threads_share_an_open_generation(tmp_path: Path) -> None:
    engine = EdgeEngine(tmp_path)
    sealed(engine, tmp_path)
    store = engine.open("first")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(store.search, [[question()]] * 200))
    assert all(answer == answers[0] for answer in answers)
    store.close()


def test_words_are_split_at_spaces_and_nowhere_else(tmp_path: Path) -> None:
    store = EdgeEngine(tmp_path).create("first", 4)
    texts = {1: "snake_case c++ foo.bar", 2: "snake case c foo bar", 3: "Snake_Case x", 4: "a the of"}
    store.upsert(point(number, words=words) for number, words in texts.items())
    for word, numbers in {"snake_case": [1], "c++": [1], "foo.bar": [1], "snake": [2], "a": [4], "the": [4]}.items():
        assert [hit.id for hit in store.search([question(word)])[0]["bm25"]] == [id_of(number) for number in numbers], (
            word
        )
    store.close()


def test_a_copy_keeps_content_and_holes(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    with source.open("wb") as file:
        file.write(b"head" * 1000)
        file.seek(8 * 2**20)
        file.write(b"middle")
        file.truncate(32 * 2**20)
    copy_file(source, target)
    assert target.read_bytes() == source.read_bytes()
    assert target.stat().st_blocks <= source.stat().st_blocks + 64


@pytest.mark.proof
def test_views_survive_being_made_by_several_processes_at_once(tmp_path: Path) -> None:
    engine = EdgeEngine(tmp_path)
    sealed(engine, tmp_path)
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        counts = pool.map(_open_and_count, [tmp_path] * 8, chunksize=1)
    assert counts == [50] * 8
    assert [path.name for path in (tmp_path / VIEWS).iterdir()] == [GUARD]


def _open_and_count(root: Path) -> int:
    store = EdgeEngine(root, patience=0).open("first")
    try:
        return len(ids_in(store))
    finally:
        store.close()
