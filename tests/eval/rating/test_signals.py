import uuid
from collections.abc import Mapping
from dataclasses import replace

from eval.rating.judge import JudgedResult, Outcome, Ungraded
from eval.rating.pages import logged_pages
from eval.rating.signals import COUNTED, SIGNALS, SignalsRater, measure
from hone.records import Asker, Hit
from retriever.searching.searcher import Searcher
from tests.eval.rating import making

QUERY = "when does the parking garage open"


def hit(text: str) -> Hit:
    """Make a passage of a sort that the index could hold."""
    return replace(making.hit(text, title=""), passage=str(uuid.uuid5(uuid.NAMESPACE_OID, text)))


def shown(searcher: Searcher, query: str = QUERY) -> tuple[list[Hit], Asker]:
    """What the log says was shown for a question."""
    page = next(page for page in logged_pages(searcher.workspace) if page.query == query)
    return [result for result in page.results if result is not None], page.asker


def measured(searcher: Searcher, *texts: str) -> list[Mapping[str, float]]:
    """Measure texts that no index holds."""
    return measure(searcher, QUERY, [hit(text) for text in texts], Asker())


def test_the_passage_that_answers_stands_out(searcher: Searcher) -> None:
    hits, asker = shown(searcher)
    found = measure(searcher, QUERY, hits, asker)
    assert all(set(signals) == set(SIGNALS) for signals in found)
    best = found[next(place for place, one in enumerate(hits) if one.document.endswith("parking.md"))]
    assert best["bm25_share"] == 1.0
    assert best["fused_share"] == 1.0
    for name in COUNTED:
        assert best[name] == max(signals[name] for signals in found)


def test_the_nearest_sentence_counts_wherever_it_stands(searcher: Searcher) -> None:
    near, far = "The parking garage opens at 06:30.", "Lunch is served by friendly people."
    both, swapped, alone, other = measured(searcher, f"{far} {near}", f"{near} {far}", near, far)
    assert both["sentence"] == swapped["sentence"] == alone["sentence"] > other["sentence"]


def test_names_and_numbers_are_held_against_a_passage(searcher: Searcher) -> None:
    hits = [hit("Form B-17 is due in March."), hit("Forms are due.")]
    with_it, without = measure(searcher, "is form B-17 due in March", hits, Asker())
    assert with_it["named"] == 1.0
    assert without["named"] == 0.0


def test_a_text_that_the_index_does_not_hold_has_no_scores_of_it(searcher: Searcher) -> None:
    (found,) = measured(searcher, "The parking garage opens at 06:30.")
    assert "dense" not in found
    assert "fused_share" not in found
    assert found["coverage"] > 0


def test_a_passage_without_a_sentence_is_measured_all_the_same(searcher: Searcher) -> None:
    (found,) = measured(searcher, "—")
    assert found["sentence"] == 0.0


def test_a_question_that_cannot_be_searched_for_is_a_failure_of_its_own(searcher: Searcher) -> None:
    found: list[Outcome] = []
    pairs = [JudgedResult(query=query, hit=hit("text"), asker=Asker()) for query in ("word " * 2000, QUERY)]
    SignalsRater(searcher).grade(pairs, lambda _, outcome: found.append(outcome))
    kinds = {type(outcome) for outcome in found}
    assert kinds == {int, Ungraded}
