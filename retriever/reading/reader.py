"""Reading files through worker processes, so that none can harm the run or another file."""

import contextlib
import json
import logging
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from types import TracebackType
from typing import Self, cast

from pydantic import TypeAdapter

from hone.errors import HoneError, UsageError
from retriever.reading.formats import FORMATS, Format, formats_of
from retriever.reading.frames import LENGTH_BYTES, READY, SPENT, pack_job, pack_limits
from retriever.reading.limits import Cause, ReadLimits, Rejected
from retriever.reading.parsed import Parsed

_BOOT = "import sys; sys.path[:] = {paths}; from retriever.reading.worker import main; main()"
_ANSWER: TypeAdapter[Parsed | Rejected] = TypeAdapter(Parsed | Rejected)
_GRACE = 1.0  # seconds after which a worker that did not end itself is ended
_START_SECONDS = 60.0
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingOutcome:
    """What came of one file."""

    path: Path
    result: Parsed | Rejected


class WorkerProcess:
    """A worker, the file it is reading, and how much of its answer has come."""

    def __init__(self, limits: ReadLimits) -> None:
        self._limits = limits
        boot = _BOOT.format(paths=json.dumps(sys.path))
        theirs, ours = os.pipe()
        self._lifeline = os.fdopen(ours, "wb")  # never written to: it closes with this process, and the worker ends
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", boot, pack_limits(limits), str(theirs)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                process_group=0,  # a Ctrl-C or Ctrl-Z in the terminal is for the parent alone
                pass_fds=(theirs,),
            )
        finally:
            os.close(theirs)
        self._buffer = bytearray()
        self._most_bytes = 8 * limits.output_chars + _BLOCK  # JSON takes at most six bytes a character
        self._ready = False
        self._since = time.monotonic()
        self.path: Path | None = None
        self.is_spent = False  # has said that it takes no more, or has been ended

    def fileno(self) -> int:
        """Return the descriptor that becomes readable when there is something to take."""
        return _stream(self._process.stdout)

    def ask(self, path: Path, known: Sequence[Format]) -> None:
        """Have a file read; one at a time."""
        self.path, self._since = path, time.monotonic()
        with contextlib.suppress(BrokenPipeError):  # it has ended: noticed when its answer is taken
            os.write(_stream(self._process.stdin), pack_job(path, known))

    def seconds_left(self) -> float:
        """Say how long this worker may still keep silent."""
        most = self._limits.patience * self._limits.seconds + _GRACE if self._ready else _START_SECONDS
        return self._since + most - time.monotonic()

    def take(self) -> ReadingOutcome | None:
        """Take what has come; an answer when it is whole, or when the worker ended and there will be none."""
        block = os.read(self.fileno(), _BLOCK)
        if not block:
            return self._lose(*self._why_ended())
        self._buffer += block
        while (frame := self._next_frame()) is not None:
            if not self._ready:
                self._ready = frame == READY
                self._since = time.monotonic()
                continue
            return self._read_answer(frame)
        is_endless = len(self._buffer) > self._most_bytes
        return self._lose("the parser's answer was too long", "crashed") if is_endless else None

    def give_up(self) -> ReadingOutcome | None:
        """End a worker that has kept silent for too long."""
        if not self._ready:
            raise self._not_started()
        return self._lose(self._too_late(), "time")

    def end(self) -> None:
        """End the process and wait for it."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._lifeline):
            if stream is not None:
                stream.close()

    @property
    def has_ended(self) -> bool:
        """Check whether the process has ended."""
        return self._process.poll() is not None

    def _next_frame(self) -> bytes | None:
        end = LENGTH_BYTES + int.from_bytes(self._buffer[:LENGTH_BYTES], "big")
        if len(self._buffer) < max(end, LENGTH_BYTES):
            return None
        frame = bytes(self._buffer[LENGTH_BYTES:end])
        del self._buffer[:end]
        return frame

    def _read_answer(self, frame: bytes) -> ReadingOutcome | None:
        self.is_spent = frame[:1] == SPENT
        try:
            return self._answer(_ANSWER.validate_json(frame[1:]))
        except ValueError:
            return self._lose("the parser's answer can't be read", "crashed")

    def _lose(self, reason: str, cause: Cause) -> ReadingOutcome | None:
        self._process.kill()
        self.is_spent = True
        return self._answer(Rejected(reason=reason, cause=cause))

    def _answer(self, result: Parsed | Rejected) -> ReadingOutcome | None:
        path, self.path = self.path, None
        return ReadingOutcome(path=path, result=result) if path is not None else None

    def _why_ended(self) -> tuple[str, Cause]:
        code = self._process.wait()
        if not self._ready:
            raise self._not_started()
        if code == -signal.SIGPROF:
            return f"took more than {self._limits.seconds:g} s of processor time to read", "time"
        if code == -signal.SIGALRM:
            return self._too_late(), "time"
        if code == -signal.SIGKILL:
            return "the reader was killed, most likely because the machine ran out of memory", "killed"
        ended = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return f"the parser crashed on it ({ended})", "crashed"

    def _too_late(self) -> str:
        return f"took longer than {self._limits.patience * self._limits.seconds:g} s to read"

    def _not_started(self) -> HoneError:
        return HoneError(
            f"A reading worker didn't start: {sys.executable} ended before it was ready.",
            hint="Run `python -c 'import retriever.reading.worker'` with the same interpreter to see why.",
        )


def _stream(stream: object) -> int:
    return stream.fileno()  # pyright: ignore -- both pipes exist: they were asked for


log = logging.getLogger(__name__)


class Reader:
    """A pool of reading workers; for one thread at a time."""

    def __init__(self, workers: int, limits: ReadLimits, formats: tuple[Format, ...] = FORMATS) -> None:
        if workers < 1:
            raise UsageError(
                f"There are {workers} reading workers, and at least 1 is needed.", hint="Set it to 1 or more."
            )
        self._most = workers
        self._limits = limits
        self._formats = formats
        self._idle: list[WorkerProcess] = []
        self._busy = selectors.DefaultSelector()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all workers."""
        self._drop_busy()
        while self._idle:
            self._idle.pop().end()

    def read_one(self, path: Path) -> Parsed | Rejected:
        """Read one file."""
        return next(self.read([path]))[1]

    def read(self, paths: Iterable[Path]) -> Iterator[tuple[Path, Parsed | Rejected]]:
        """Read files, giving each as it is done; no more are under way than there are workers."""
        try:
            for path in paths:
                known = formats_of(path.name, self._formats)
                if not known:
                    yield path, unsupported(path.name)
                    continue
                done = self._wait() if len(self._workers()) >= self._most else []
                self._hand_out(path, known)  # before the results are given, so that workers work while the caller does
                yield from map(_result, done)
            while self._workers():
                yield from map(_result, self._wait())
        finally:
            self._drop_busy()  # of a caller who stopped early, or was interrupted

    def _workers(self) -> list[WorkerProcess]:
        return [cast("WorkerProcess", key.fileobj) for key in list(self._busy.get_map().values())]

    def _hand_out(self, path: Path, known: Sequence[Format]) -> None:
        worker = self._idle.pop() if self._idle else WorkerProcess(self._limits)
        if worker.has_ended:  # killed from outside while it had nothing to do
            worker.end()
            worker = WorkerProcess(self._limits)
        worker.ask(path, known)
        self._busy.register(worker, selectors.EVENT_READ)

    def _wait(self) -> list[ReadingOutcome]:
        """Wait until at least one file is done, one way or the other."""
        done: list[ReadingOutcome] = []
        while not done:
            patience = min(worker.seconds_left() for worker in self._workers())
            ready = [cast("WorkerProcess", key.fileobj) for key, _ in self._busy.select(max(patience, 0))]
            # Silence is judged only of those with nothing to take: a slow caller must not make a worker look slow.
            late = [worker for worker in self._workers() if worker not in ready and worker.seconds_left() <= 0]
            answers = [(worker, worker.take()) for worker in ready] + [(worker, worker.give_up()) for worker in late]
            done += [self._release(worker, answer) for worker, answer in answers if answer is not None]
        return done

    def _release(self, worker: WorkerProcess, answer: ReadingOutcome) -> ReadingOutcome:
        self._busy.unregister(worker)
        if worker.is_spent:
            worker.end()
        else:
            self._idle.append(worker)
        return answer

    def _drop_busy(self) -> None:
        for worker in self._workers():
            self._busy.unregister(worker)
            worker.end()


def _result(answer: ReadingOutcome) -> tuple[Path, Parsed | Rejected]:
    if isinstance(answer.result, Rejected):
        log.info("rejected %s: %s", answer.path, answer.result.reason)
    return answer.path, answer.result


def unsupported(name: str) -> Rejected:
    """Say that no parser reads files of this name."""
    suffix = PurePath(name).suffix
    reason = f"Hone doesn't read {suffix} files" if suffix else "Hone doesn't read files without a suffix"
    return Rejected(reason=reason, cause="unsupported")
