"""Reranking: a model reads the question and each of the first passages together, and puts them in another order.

A reranker that is slow, broken or not there costs the better order and never the results: they stay as fused, and a
notice says so.
"""

import logging
import math
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hone.errors import HoneError
from hone.workspace import Workspace
from retriever.storing.store import LegHit

log = logging.getLogger(__name__)

AT_ONCE = 8  # passages read between two looks at the clock
THREADS = 4  # questions that are read for at once
SLOW = "The results are not reranked: the reranker took longer than {seconds:g} s."
FAILED = "The results are not reranked: the reranker failed."

Texts = Callable[[Sequence[str]], Mapping[str, str]]  # ids of passages → what is read of them


class Reranker(Protocol):
    """Scores how well passages answer a question: the higher the better, on any scale."""

    def score(self, question: str, passages: Sequence[str]) -> Sequence[float]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RerankResult:
    """The first passages in their new order, or why they stay in the old one."""

    hits: tuple[LegHit, ...] = ()
    notice: str = ""


class Reranking:
    """A reranker with the texts that it reads, how many of them, and how long it may take."""

    def __init__(self, load: Callable[[], Reranker], texts: Texts, *, first: int, seconds: float) -> None:
        self._load, self._texts = load, texts
        self._first, self._seconds = first, seconds
        self._loading = threading.Lock()
        self._loaded: Reranker | HoneError | None = None
        self._threads = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="reranker")

    def reranker(self) -> Reranker:
        """Load the reranker, once; raises again what came of it the first time."""
        with self._loading:
            if self._loaded is None:
                try:
                    self._loaded = self._load()
                except HoneError as error:
                    log.error("there is no reranker: %s", error.message)
                    self._loaded = error
        if isinstance(self._loaded, HoneError):
            raise self._loaded
        return self._loaded

    def ready(self) -> str:
        """Load the reranker before time is counted, and say so where it can't be."""
        try:
            self.reranker()
        except HoneError as error:
            return f"{FAILED} {error.message}"
        return ""

    def reread(self, question: str, ids: Sequence[str]) -> RerankResult:
        """Put the first passages in order."""
        if notice := self.ready():
            return RerankResult(notice=notice)
        stop = threading.Event()
        try:
            job = self._threads.submit(self._score, question, ids[: self._first], stop)
            scores = job.result(timeout=self._seconds)
        except TimeoutError:
            log.warning("the reranker took longer than %g s", self._seconds)
            return RerankResult(notice=SLOW.format(seconds=self._seconds))
        except Exception:  # whatever a model or its libraries raise
            log.exception("the reranker failed")
            return RerankResult(notice=FAILED)
        finally:
            stop.set()  # one that is still waiting for its turn reads nothing then
        places = {name: place for place, name in enumerate(ids)}
        order = sorted(scores.items(), key=lambda item: (-item[1], places[item[0]]))
        return RerankResult(hits=tuple(LegHit(id=name, score=score) for name, score in order))

    def close(self) -> None:
        """Let go of the threads; one that is still reading ends on its own."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _score(self, question: str, ids: Sequence[str], stop: threading.Event) -> dict[str, float]:
        reranker, texts, scores = self.reranker(), self._texts(ids), dict[str, float]()
        for start in range(0, len(ids), AT_ONCE):
            if stop.is_set():
                break
            part = ids[start : start + AT_ONCE]
            found = [float(score) for score in reranker.score(question, [texts.get(name, "") for name in part])]
            if not all(map(math.isfinite, found)):
                raise ValueError("the reranker returned a score that isn't a finite number")
            scores.update(zip(part, found, strict=True))
        return scores


def open_reranking(workspace: Workspace, texts: Texts) -> Reranking | None:
    """Prepare the reranker that the settings name, which is loaded when it is needed; none where they name none."""
    settings = workspace.settings.search
    if not settings.reranker:
        return None

    def load() -> Reranker:
        # Late on purpose: torch and sentence-transformers take seconds to import.
        from retriever.encoding.cross_encoder import CrossEncoderReranker

        return CrossEncoderReranker(reranker_folder(workspace), device=workspace.settings.encoder.device)

    return Reranking(load, texts, first=settings.rerank, seconds=settings.rerank_seconds)


def reranker_folder(workspace: Workspace) -> Path:
    """Find the folder that the settings name, from the workspace's home."""
    return (workspace.home / Path(workspace.settings.search.reranker).expanduser()).resolve()
