"""What a search found, as a ranking: the page as people see it, or one stage on the way to it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from eval.records import EvalQuestion
from hone.errors import UsageError
from hone.records import Hit, SearchResult
from hone.workspace import Workspace
from retriever.library.library import Library
from retriever.ranking.legs import FUSED, LEGS, RERANKED
from retriever.ranking.rank import order_of

Leg = str  # the page as people see it, or a stage of the search
PAGE = "page"


def legs_of(workspace: Workspace) -> tuple[Leg, ...]:
    """Name the page, which is what people are shown, and the stages that lead to it, the last first."""
    reranked = (RERANKED,) if workspace.settings.search.reranker else ()
    return (PAGE, *reranked, FUSED, *LEGS)


def parse_legs(workspace: Workspace, names: Sequence[str]) -> tuple[Leg, ...]:
    """Read the names of legs, each once; all of them where none is named."""
    known = legs_of(workspace)
    if unknown := [name for name in names if name not in known]:
        raise UsageError(f"{unknown[0]!r} isn't a search leg.", hint=f"Name one of {', '.join(known)}.")
    return tuple(leg for leg in known if leg in (names or known))


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
    if leg == PAGE:
        hits = result.hits[:shown]
        names = _shown_documents(hits) if by_document else (hit.passage for hit in hits)
    else:
        passages = stage_order(result, leg)
        names = (documents[name] for name in passages if name in documents) if by_document else iter(passages)
    return list(dict.fromkeys(names))


def stage_order(result: SearchResult, leg: Leg) -> list[str]:
    """Name a stage's passages, best first; those that a reranker did not read follow as they were fused."""
    stages = {stage: [name for name, _ in order] for stage, order in result.stages.items()}
    return order_of(stages) if leg == RERANKED else stages[leg]


def _shown_documents(hits: Sequence[Hit]) -> Iterator[str]:
    """Documents with a near-identical passage are shown once, and named beside it."""
    return (name for hit in hits for name in (hit.document, *hit.also_in))
