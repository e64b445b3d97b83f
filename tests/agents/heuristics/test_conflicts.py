from datetime import timedelta

import pytest

from agents.heuristics.conflicts import find_conflicts
from retriever.encoding.hashing import HashEncoder
from tests.evidence import MARCH, make_evidence, make_hit

READ = HashEncoder().encode_tokens
LATER = MARCH + timedelta(days=200)


def found(question: str, older: str, newer: str) -> list[tuple[int, int, str]]:
    evidence = make_evidence(make_hit(newer, "decision.md", modified=LATER), make_hit(older, "page.md"))
    return [(item.older, item.newer, item.about) for item in find_conflicts(question, evidence, READ)]


@pytest.mark.parametrize(
    ("question", "older", "newer"),
    [
        (
            "from how much are receipts needed",
            "A receipt is needed from €15 on.",
            "Receipts are needed from €25 instead of €15.",
        ),
        ("how many days are carried", "At most five days may be carried.", "You may carry ten days, not five."),
        (
            "tiercel list price",
            "The tiercel list price is €3.90.",
            "The tiercel list price goes up from €3.90 to €4.30.",
        ),
        (
            "my laptop is from january",
            "Laptops are replaced after 36 months.",
            "Laptops are replaced after 48 months instead of 36.",
        ),
        (
            "within how many days are claims filed",
            "Claims are filed within 30 days after the trip.",
            "Claims are filed within 45 days after the trip.",
        ),
    ],
)  # fmt: skip - a line each
def test_a_newer_document_that_gives_another_value(question: str, older: str, newer: str):
    assert found(question, older, newer) == [(2, 1, "Page")]


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("A receipt is needed from €15 on.", "Receipts are needed from €15 on."),  # the same
        ("The fee is €15.", "Taxis cost €25 instead of €40."),  # another thing
        ("Receipts are kept for 30 days.", "Receipts cost 45 euros."),  # another unit
        ("Receipts are needed.", "Receipts are needed from €25 instead of €15."),  # no value
        ("In May 15 receipts were lost.", "Lost receipts fell from 15 to 9 in June."),  # measured twice
    ],
)
def test_what_is_no_conflict(older: str, newer: str):
    assert found("from how much are receipts needed", older, newer) == []


def test_two_documents_of_one_day_disagree_too_where_the_best_block_is_of_them():
    texts = ("Claims are filed within 30 days after the trip.", "Claims are filed within 45 days after the trip.")
    (conflict,) = find_conflicts("within how many days are claims filed", make_evidence(*texts), READ)
    assert {conflict.newer, conflict.older} == {1, 2}
    beside = make_evidence("How a trip is booked: call Ana.", *texts)
    assert find_conflicts("how is a trip booked", beside, READ) == ()


def test_only_two_documents_and_only_what_was_asked():
    texts = ("A receipt is needed from €15 on.", "Receipts are needed from €25 instead of €15.")
    assert found("when does the canteen open", *texts) == []
    one = make_hit(texts[0], "page.md"), make_hit(texts[1], "page.md", modified=LATER, start=900)
    assert find_conflicts("receipts needed", make_evidence(*one), READ) == ()


def test_a_conflict_beside_the_answer_is_none_of_it():
    texts = [f"Receipts of kind {word} are needed in the month of travel." for word in "abcdefgh"]
    older = make_hit("Pantry closes at noon. A taxi costs €15.", "page.md")
    newer = make_hit("A taxi costs €25 instead of €15.", "decision.md", modified=LATER)
    evidence = make_evidence(*(make_hit(text, f"{text[17]}.md") for text in texts), older, newer)
    assert find_conflicts("in which month of travel are receipts needed", evidence, READ) == ()
    assert find_conflicts("what does a taxi cost", evidence, READ)
