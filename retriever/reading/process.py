"""The parent's hold on one reading worker."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hone.errors import HoneError
from retriever.reading.formats import Format
from retriever.reading.frames import LENGTH_BYTES, READY, SPENT, pack_job, pack_limits, unpack_reply
from retriever.reading.limits import Cause, ReadLimits, Rejected
from retriever.reading.parsed import Parsed

_BOOT = "import sys; sys.path[:] = {paths}; from retriever.reading.worker import main; main()"
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
            return self._answer(unpack_reply(frame[1:]))
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
