"""Citations are held against what holds the answer, and against what they cite."""

from eval.answers.groundedness import citation_coverage, citation_precision, citation_recall, citation_support
from eval.answers.records import AnswerRecord, CitedClaim, NotApplicable, read_cited_claims

CONTEXTS = ("Employees take 25 days of leave each year.", "The office opens at 9.", "Lunch is free on Fridays.")
IDS = ("leave", "hours", "lunch")


def _record(*claims: tuple[str, tuple[str, ...]], gold: tuple[str, ...] | None = None) -> AnswerRecord:
    return AnswerRecord(
        question="q",
        response=" ".join(text for text, _ in claims),
        contexts=CONTEXTS,
        context_ids=IDS,
        reference_ids=gold,
        claims=tuple(CitedClaim(text=text, ids=ids) for text, ids in claims),
    )


def test_precision_and_recall_count_each_passage_once() -> None:
    record = _record(("A.", ("leave", "hours")), ("B.", ("leave",)), gold=("leave", "lunch"))
    assert citation_precision(record) == 0.5
    assert citation_recall(record) == 0.5


def test_an_answer_that_cites_nothing_recalls_nothing_and_has_no_precision() -> None:
    record = _record(("A.", ()), gold=("leave",))
    assert citation_recall(record) == 0.0
    assert isinstance(citation_precision(record), NotApplicable)


def test_where_nothing_holds_the_answer_neither_applies() -> None:
    record = _record(("A.", ("leave",)), gold=())
    assert isinstance(citation_precision(record), NotApplicable)
    assert isinstance(citation_recall(record), NotApplicable)


def test_coverage_asks_statements_only_for_citations() -> None:
    record = _record(("The office opens at 9.", ("hours",)), ("It is big.", ()), ("I do not know more.", ()))
    assert citation_coverage(record) == 0.5


def test_support_holds_a_claim_against_what_it_cites() -> None:
    record = _record(
        ("Employees take 25 days of leave.", ("leave",)),
        ("Employees take 30 days of leave.", ("leave",)),
        ("The office opens at 9.", ("lunch",)),
        ("The office opens at 9.", ("unknown",)),
        ("The office opens at 9.", ("hours", "unknown")),
    )
    assert citation_support(record) == 1 / 5


def test_citations_are_read_from_any_answers_marks() -> None:
    claims = read_cited_claims("You get 25 days [1]. The office opens at 9 [2][3]. Good luck.", CONTEXTS, IDS)
    assert claims == (
        CitedClaim(text="You get 25 days.", ids=("leave",)),
        CitedClaim(text="The office opens at 9.", ids=("hours", "lunch")),
        CitedClaim(text="Good luck.", ids=()),
    )
