"""What a search found, as a ranking: the page as people see it, or one stage on the way to it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from eval.records import EvalQuestion
from hone.errors import UsageError
from hone.records import Hit, SearchResult
from retriever.library.library import Library

Leg = Literal["page", "fused", "dense", "bm25"]

LEGS: tuple[Leg, ...] = ("page", "fused", "dense", "bm25")  # the page is what people are shown; the rest lead to it


def parse_legs(names: Sequence[str]) -> tuple[Leg, ...]:
    """Read the names of legs, each once."""
    if unknown := [name for name in names if name not in LEGS]:
        raise UsageError(f"{unknown[0]!r} is not a leg.", hint=f"Name one of {', '.join(LEGS)}.")
    return tuple(leg for leg in LEGS if leg in names)


class Owners:
    """Knows which document a passage stands in; each passage is looked up once, many together."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._known: dict[str, str] = {}

    def learn(self, results: Iterable[SearchResult]) -> Mapping[str, str]:
        """Look up every passage that any stage named."""
        named = {name for result in results for order in result.stages.values() for name, _ in order}
        self._known |= self._library.owners(sorted(named - self._known.keys()))
        return self._known


def ranked(
    result: SearchResult, question: EvalQuestion, leg: Leg, documents: Mapping[str, str], shown: int
) -> list[str]:
    """Rank documents by their best passage, or passages."""
    by_document = question.unit == "document"
    if leg == "page":
        hits = result.hits[:shown]
        names = _shown_documents(hits) if by_document else (hit.passage for hit in hits)
    else:
        passages = [name for name, _ in result.stages[leg]]
        names = (documents[name] for name in passages if name in documents) if by_document else iter(passages)
    return list(dict.fromkeys(names))


def _shown_documents(hits: Sequence[Hit]) -> Iterator[str]:
    """Documents with a near-identical passage are shown once, and named beside it."""
    return (name for hit in hits for name in (hit.document, *hit.also_in))
