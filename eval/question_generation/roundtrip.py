"""Whether the live search brings a question's passage back, for somebody who may read it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from eval.question_generation.candidates import Candidate
from hone.records import Asker, Hit
from retriever.searching.page import near_identical
from retriever.searching.searcher import Question, Searcher


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundTrip:
    """Where the passage stood on the page, and what else there says the same."""

    rank: int | None
    twins: tuple[Hit, ...] = ()


def round_trips(searcher: Searcher, asked: Sequence[tuple[Candidate, Asker]]) -> Iterator[RoundTrip]:
    """Search as people do, without logging it."""
    questions = [Question(text=item.text, asker=asker) for item, asker in asked]
    for (item, _), result in zip(asked, searcher.search_all(questions), strict=True):
        own = item.gold.passage
        back = [hit for hit in result.hits if hit.passage == own.id or near_identical(hit.text, own.text)]
        yield RoundTrip(rank=back[0].rank if back else None, twins=tuple(hit for hit in back if hit.passage != own.id))
