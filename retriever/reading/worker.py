"""A reading worker: a process of its own that parses one file at a time under limits, and may be lost.

It is started afresh, never forked, and imports a parser when the first file of its format comes. Before it sees a
file it takes from itself memory, output, processes and network. The resource limits hold whatever runs here. The audit
hook holds Python code only: it stops a parser that is led to write or connect, and is no wall against code that a file
gets to run in a C library.
"""

import errno
import fcntl
import os
import resource
import signal
import stat
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

from retriever.reading.formats import Format
from retriever.reading.frames import FRESH, READY, SPENT, pack, pack_reply, read_frame, unpack_job, unpack_limits
from retriever.reading.limits import MIB, ReadLimits, Refused, Rejected
from retriever.reading.parsed import Parsed
from retriever.reading.parsing import parse_bytes

_FORBIDDEN = frozenset(
    (  # noqa: SIM905 -- words read better as words
        "socket.connect socket.bind socket.sendto socket.getaddrinfo socket.gethostbyname subprocess.Popen os.exec "
        "os.posix_spawn os.fork os.forkpty os.system os.remove os.rename os.rmdir os.mkdir os.link os.symlink os.chmod "
        "os.chown os.truncate shutil.rmtree shutil.move ctypes.dlopen webbrowser.open urllib.Request"
    ).split()
)
_UNWANTED = ("numpy", "pandas", "torch")  # costly to import, and nothing here needs them
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_OPEN_FILES = 64
_DEEP = 5_000  # nested markup takes several calls a level; a runaway still ends


def confine(limits: ReadLimits) -> None:
    """Limit this process for good."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then closes the pipe
    for timer in (signal.SIGPROF, signal.SIGALRM):
        signal.signal(timer, signal.SIG_DFL)  # ends the process though a parser holds the interpreter
    _lower(resource.RLIMIT_AS, limits.memory_bytes)
    _lower(resource.RLIMIT_FSIZE, 0)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_NOFILE, _OPEN_FILES)
    cast("dict[str, None]", sys.modules).update(
        dict.fromkeys(_UNWANTED)
    )  # importing them fails, and openpyxl does without
    sys.dont_write_bytecode = True
    sys.setrecursionlimit(_DEEP)
    sys.addaudithook(_refuse)


def _lower(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    wanted = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (wanted, wanted))


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event in _FORBIDDEN:
        raise PermissionError(f"reading workers aren't allowed to do this: {event}")
    if event == "open" and isinstance(flags := arguments[2], int) and flags & _WRITING:
        raise PermissionError("reading workers aren't allowed to write files")


_RETIRE_AT = 0.5  # of the memory limit: what one file leaves behind must not fail the next
_LONGEST_REASON = 200


def main() -> None:
    """Read files as asked on standard input until it closes."""
    limits, lifeline = unpack_limits(sys.argv[1]), int(sys.argv[2])
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a parser that prints must not print into the answers
    confine(limits)
    _live_no_longer_than(lifeline)
    with suppress(BrokenPipeError), os.fdopen(os.dup(0), "rb") as jobs:
        _send(answers, READY)
        while payload := read_frame(jobs):
            path, known = unpack_job(payload)
            with _timed(limits):
                answer = pack_reply(_answer(path, known, limits))
            is_spent = _address_space() > _RETIRE_AT * limits.memory_bytes
            _send(answers, (SPENT if is_spent else FRESH) + answer)


def _live_no_longer_than(lifeline: int) -> None:
    """End this process, whatever it is at, when the parent is gone and with it the other end of this pipe.

    The jobs' pipe won't do: under load the signal that tells of a job comes when the worker is at it already.
    """
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    flags = fcntl.fcntl(lifeline, fcntl.F_GETFL)
    fcntl.fcntl(lifeline, fcntl.F_SETFL, flags | os.O_ASYNC)  # SIGIO, whose default is to end the process


@contextmanager
def _timed(limits: ReadLimits) -> Generator[None]:
    """End this process when a file takes too much processor time, or keeps it waiting for too long."""
    signal.setitimer(signal.ITIMER_PROF, limits.seconds)  # of all threads, from now on: what came before is not counted
    signal.setitimer(signal.ITIMER_REAL, limits.patience * limits.seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


def _send(answers: BinaryIO, payload: bytes) -> None:
    answers.write(pack(payload))
    answers.flush()


def _address_space() -> int:
    """Say what counts against the limit now; getrusage would return the parent's peak, which survives fork and exec."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:  # no such thing on this system, and mostly no enforced limit either
        return 0


def _answer(path: str, known: Sequence[Format], limits: ReadLimits) -> Parsed | Rejected:
    try:
        return _read(path, known, limits)
    except Refused as refusal:
        return Rejected(reason=_one_line(refusal.message), cause=refusal.cause)
    except MemoryError:
        return Rejected(reason=f"needs more than {limits.memory_bytes // MIB:,} MiB of memory", cause="memory")
    except RecursionError:
        return Rejected(reason="nested too deeply", cause="unsafe")
    except PermissionError as error:  # what `confine` refuses, in its words
        return Rejected(reason=_one_line(str(error)), cause="unsafe")
    except Exception:  # noqa: BLE001 -- parsers raise anything for a broken file, and no file may stop a run
        return Rejected(reason="damaged, or not the kind of file its name says", cause="damaged")


def _read(path: str, known: Sequence[Format], limits: ReadLimits) -> Parsed:
    try:
        data = _read_bytes(path, limits)
    except OSError as error:
        is_link = error.errno in {errno.ELOOP, errno.EMLINK}
        reason = "a symbolic link, which Hone doesn't follow" if is_link else f"can't be opened: {error.strerror}"
        raise Refused(reason, "unsafe" if is_link else "unopened") from error
    return parse_bytes(known, Path(path).name, data, limits)


def _read_bytes(path: str, limits: ReadLimits) -> bytes:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe must not block
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise Refused("not a regular file", "unsafe")
        data = file.read(limits.input_bytes + 1) if status.st_size <= limits.input_bytes else b""
    if status.st_size > limits.input_bytes or len(data) > limits.input_bytes:
        raise Refused(f"larger than {limits.input_bytes // MIB:,} MiB", "size")
    return data


def _one_line(text: str) -> str:
    line = " ".join(text.split()).encode(errors="replace").decode()
    return line if len(line) <= _LONGEST_REASON else line[: _LONGEST_REASON - 1] + "…"


if __name__ == "__main__":
    main()
