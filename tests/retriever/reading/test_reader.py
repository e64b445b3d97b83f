"""The pool: what a parser does to its worker stays with the worker and its file."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hone.errors import UsageError
from retriever.reading.formats import FORMATS, Format
from retriever.reading.limits import MIB, ReadLimits, Rejected
from retriever.reading.parsed import Parsed
from retriever.reading.reader import Reader, WorkerProcess

BAD_PARSERS = """
import os, signal, socket, sys, time
from retriever.reading.parsed import ParserOutput

def hang(source):
    while True: pass

def hang_in_c(source):
    import re
    re.match(r"(a+)+$", "a" * 64 + "b")

def hog(source):
    return ParserOutput(text="x" * len(bytearray(1 << 34)))  # at once: no processor time is spent on it

def crash(source):
    os.kill(os.getpid(), signal.SIGSEGV)

def leave(source):
    os._exit(0)

def lie(source):
    return ParserOutput(text="x")

def write(source):
    open(source.data.decode().strip(), "w")

def connect(source):
    socket.create_connection(("127.0.0.1", 9))

def spawn(source):
    os.system("true")

def talk(source):
    print("noise"); sys.stdout.flush(); os.write(1, b"noise")
    return ParserOutput(text="quiet")

def parent(source):
    return ParserOutput(text=str(os.getpid()))

def dawdle(source):
    time.sleep(0.6)
    return ParserOutput(text="done")

def sleep(source):
    while True: time.sleep(1)

def half(source):
    spent = time.process_time()
    while time.process_time() < spent + 0.3: pass
    return ParserOutput(text="done")
"""
NAMES = [
    "hang",
    "hang_in_c",
    "hog",
    "crash",
    "leave",
    "write",
    "connect",
    "spawn",
    "talk",
    "parent",
    "sleep",
    "half",
    "dawdle",
]
BAD = tuple(Format(name=name, suffixes=(f".{name}",), parser=f"bad_parsers:{name}") for name in NAMES)
LIMITS = ReadLimits(seconds=0.5, patience=100, memory_bytes=256 * MIB)  # a busy machine ends nothing by the clock


@pytest.fixture
def bad_parsers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bad_parsers.py").write_text(BAD_PARSERS)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])  # workers look for modules where their parent does


@pytest.fixture
def pool(bad_parsers: None) -> Iterator[Reader]:
    with Reader(1, LIMITS, formats=(*FORMATS, *BAD)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("name", "cause", "reason"),
    [
        ("hang", "time", "0.5 s of processor time"),
        ("hang_in_c", "time", "0.5 s of processor time"),
        ("hog", "memory", "256 MiB"),
        ("crash", "crashed", "SIGSEGV"),
        ("leave", "crashed", "exit code 0"),
        ("write", "unsafe", "write"),
        ("connect", "unsafe", "socket"),
        ("spawn", "unsafe", "os.system"),
    ],
)
def test_a_bad_parser_costs_its_own_file_only(
    pool: Reader, tmp_path: Path, good: Path, name: str, cause: str, reason: str
) -> None:
    bad = tmp_path / f"file.{name}"
    bad.write_text(str(tmp_path / "written"))
    first, second, third = (pool.read_one(path) for path in (good, bad, good))
    assert isinstance(first, Parsed)
    assert isinstance(second, Rejected)
    assert (second.cause, reason in second.reason) == (cause, True)
    assert third == first
    assert not (tmp_path / "written").exists()


@pytest.mark.usefixtures("bad_parsers")
def test_what_waits_instead_of_working_is_ended_by_the_clock(tmp_path: Path) -> None:
    (tmp_path / "file.sleep").write_text("x")
    with Reader(1, replace(LIMITS, patience=3), formats=BAD) as reader:
        result = reader.read_one(tmp_path / "file.sleep")
    assert isinstance(result, Rejected)
    assert (result.cause, "1.5 s" in result.reason) == ("time", True)


def test_printing_does_not_spoil_the_answer(pool: Reader, tmp_path: Path) -> None:
    (tmp_path / "a.talk").write_text("x")
    result = pool.read_one(tmp_path / "a.talk")
    assert isinstance(result, Parsed)
    assert result.text == "quiet"


def test_waiting_costs_nothing_and_each_file_has_its_own_processor_time(pool: Reader, tmp_path: Path) -> None:
    """A file that waits for longer than it may work is read, and so are three that work for longer only together."""
    names = ["a.dawdle", "a.half", "b.half", "c.half"]
    for name in names:
        (tmp_path / name).write_text("x")
    results = [result for _, result in pool.read(tmp_path / name for name in names)]
    assert all(isinstance(result, Parsed) for result in results), results


def test_one_worker_serves_many_files(pool: Reader, tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.parent").write_text("x")
    results = [result for _, result in pool.read(sorted(tmp_path.glob("*.parent")))]
    assert len({result.text for result in results if isinstance(result, Parsed)}) == 1


def test_a_slow_caller_does_not_make_a_file_look_slow(pool: Reader, good: Path) -> None:
    results = pool.read([good] * 3)
    first = next(results)
    time.sleep(LIMITS.seconds + 1.2)  # longer than the limit and the grace together
    assert all(isinstance(result, Parsed) for _, result in [first, *results])


def test_all_results_come_from_several_workers(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.md" for number in range(300)]
    for number, path in enumerate(paths):
        path.write_text(f"# Title {number}\n")
    with Reader(2, ReadLimits()) as reader:
        titles = {path: result.title for path, result in reader.read(paths) if isinstance(result, Parsed)}
    assert titles == {path: f"Title {number}" for number, path in enumerate(paths)}


def test_no_more_files_are_taken_than_workers_can_hold(tmp_path: Path, good: Path) -> None:
    taken: list[Path] = []

    def paths() -> Iterator[Path]:
        for _ in range(10):
            taken.append(good)
            yield good

    with Reader(2, ReadLimits()) as reader:
        next(reader.read(paths()))
        assert len(taken) <= 4


def test_stopping_early_leaves_the_pool_usable(reader: Reader, good: Path) -> None:
    results = reader.read([good] * 5)
    next(results)
    del results
    assert isinstance(reader.read_one(good), Parsed)


def test_a_symbolic_link_is_not_followed(reader: Reader, good: Path) -> None:
    link = good.with_name("link.md")
    link.symlink_to(good)
    result = reader.read_one(link)
    assert isinstance(result, Rejected)
    assert "symbolic link" in result.reason


def test_a_pipe_is_not_waited_for(reader: Reader, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    result = reader.read_one(tmp_path / "pipe.md")
    assert isinstance(result, Rejected)
    assert result.cause == "unsafe"


@pytest.mark.parametrize(
    ("name", "cause", "reason"),
    [("gone.md", "unopened", "No such file"), ("a.xyz", "unsupported", ".xyz"), ("README", "unsupported", "suffix")],
)
def test_what_cannot_be_read_says_so(reader: Reader, tmp_path: Path, name: str, cause: str, reason: str) -> None:
    result = reader.read_one(tmp_path / name)
    assert isinstance(result, Rejected)
    assert (result.cause, reason in result.reason) == (cause, True)


def test_a_name_that_is_not_unicode_is_read(reader: Reader, tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.md"))
    path.write_text("words")
    result = reader.read_one(path)
    assert isinstance(result, Parsed)
    assert result.title == "Caf"


def test_no_workers_is_asked_wrongly() -> None:
    with pytest.raises(UsageError, match="0 reading workers"):
        Reader(0, ReadLimits())


ORPHANS = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from retriever.reading.formats import Format
from retriever.reading.limits import ReadLimits
from retriever.reading.reader import Reader
hang = Format(name="hang", suffixes=(".hang",), parser="bad_parsers:hang")
reader = Reader(2, ReadLimits(seconds=300), formats=(hang,))
import subprocess, threading
original = subprocess.Popen.__init__
def noted(self, *args, **more):
    original(self, *args, **more); print(self.pid, flush=True)
subprocess.Popen.__init__ = noted
threading.Timer(1.0, lambda: print("busy", flush=True)).start()
list(reader.read([Path(sys.argv[1], "a.hang"), Path(sys.argv[1], "b.hang")]))
"""


def _is_alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.proof
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks /proc which processes live")
@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGINT])
def test_no_worker_outlives_its_parent(tmp_path: Path, ending: signal.Signals) -> None:
    (tmp_path / "bad_parsers.py").write_text(BAD_PARSERS)
    for name in ("a.hang", "b.hang"):
        (tmp_path / name).write_text("x")
    with subprocess.Popen(
        [sys.executable, "-c", ORPHANS, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as parent:
        assert parent.stdout is not None
        workers = [int(parent.stdout.readline()) for _ in range(2)]
        assert parent.stdout.readline() == "busy\n"
        assert all(map(_is_alive, workers))
        parent.send_signal(ending)
        parent.wait(timeout=20)
    deadline = time.monotonic() + 20
    while any(map(_is_alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(_is_alive, workers))


@pytest.mark.usefixtures("pool")
def test_a_job_that_comes_while_another_is_read_waits(tmp_path: Path) -> None:
    """As the kernel's word of a job does on a busy machine, which comes after the job itself."""
    (tmp_path / "a.dawdle").write_text("x")
    worker = WorkerProcess(replace(LIMITS, seconds=60))
    assert worker.take() is None  # it is ready
    worker.ask(tmp_path / "a.dawdle", BAD[-1:])
    time.sleep(0.2)
    worker.ask(tmp_path / "a.dawdle", BAD[-1:])
    answer = worker.take()
    worker.end()
    assert answer is not None
    assert isinstance(answer.result, Parsed), answer.result


def test_importing_the_reader_imports_no_parser() -> None:
    parsers = ("torch", "lxml", "bs4", "pypdf", "openpyxl", "yaml")
    code = f"import sys, retriever.reading.reader; print([name for name in {parsers} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
