"""Reading files through worker processes, so that none can harm the run or another file."""

import logging
import selectors
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePath
from types import TracebackType
from typing import Self, cast

from hone.errors import UsageError
from retriever.reading.formats import FORMATS, Format, formats_of
from retriever.reading.limits import ReadLimits, Rejected
from retriever.reading.parsed import Parsed
from retriever.reading.process import ReadingOutcome, WorkerProcess

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
