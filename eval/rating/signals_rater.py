"""The rater that needs no LLM: signals of the live search, weighed as labelled results taught it."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from eval.rating.fitted import FittedRater, sentences, shipped_rater
from eval.rating.judge import Heard, JudgedResult, JudgeIdentity, Ungraded
from eval.rating.signals import measure
from hone.errors import HoneError
from retriever.searching.searcher import Searcher


class SignalsRater:
    """Grades with the live encoder and index; it shares their blind spots, and says so."""

    def __init__(self, searcher: Searcher, fitted: FittedRater | None = None) -> None:
        self._searcher = searcher
        self._fitted = fitted or shipped_rater()
        live = searcher.workspace.registry.live()
        if live is None:
            raise HoneError("Nothing is indexed yet.", hint="Add documents: hone documents add FOLDER --group everyone")
        self._live = live.model

    @property
    def identity(self) -> JudgeIdentity:
        """The encoder whose signals are weighed, and the fit that weighs them."""
        return JudgeIdentity(
            kind="signals",
            model=self._live.id,
            version=f"{self._live.card.hash[:12]} fit {self._fitted.model.hash}",
        )

    @property
    def agreement(self) -> tuple[str, ...]:
        """What was measured when it was fitted."""
        said = ["uses signals of the live search: it can tell good searches from bad ones, but not compare models"]
        if self._live.card.hash != self._fitted.encoder:
            said.append(f"fitted for a different encoder than {self._live.id}, so the figures below may not hold here")
        return (*said, *sentences(self._fitted.agreement))

    def grade(self, pairs: Sequence[JudgedResult], heard: Heard) -> None:
        """Grade pairs, those of one question together."""
        for group in _by_question(pairs):
            try:
                found = measure(self._searcher, group[0].query, [pair.hit for pair in group], group[0].asker)
            except HoneError as error:  # a question that can't be searched for: too long, say
                for pair in group:
                    heard(pair, Ungraded(kind="not searchable", what=error.message))
                continue
            for pair, signals in zip(group, found, strict=True):
                heard(pair, self._fitted.model.grade(signals))


def _by_question(pairs: Sequence[JudgedResult]) -> Iterator[list[JudgedResult]]:
    def key(pair: JudgedResult) -> tuple[str, list[str]]:
        return pair.query, sorted(pair.asker.groups)

    for _, group in groupby(sorted(pairs, key=key), key=key):
        yield list(group)
