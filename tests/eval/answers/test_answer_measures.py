"""The table of measures: each says what it lacks, none takes that for a zero."""

import pytest

from eval.answers.measures import MEASURES, AnswerMeasure, measure, measures_named
from eval.answers.records import AnswerRecord, CitedClaim, NotApplicable
from hone.errors import UsageError

FULL = AnswerRecord(
    question="When does the office open?",
    response='The office opens at 9, as "the office opens at 9" says.',
    reference="The office opens at 9.",
    contexts=("The office opens at 9.", "Lunch is free."),
    context_ids=("hours", "lunch"),
    reference_ids=("hours",),
    claims=(CitedClaim(text="The office opens at 9.", ids=("hours",)),),
    answerable=True,
)
PERFECT = {"context-recall", "quoted-spans", "citation-precision", "citation-support", "rouge-l-recall"}


def test_names_are_unlike() -> None:
    assert len({item.name for item in MEASURES}) == len(MEASURES)


@pytest.mark.parametrize("item", MEASURES, ids=lambda item: item.name)
def test_a_measure_that_lacks_what_it_needs_does_not_apply(item: AnswerMeasure) -> None:
    value = item(AnswerRecord(question="q", response="The office opens at 9."))
    assert isinstance(value, NotApplicable) == bool(item.needs)


def test_everything_is_between_nought_and_one() -> None:
    values = {name: value for name, value in measure(FULL).items() if not isinstance(value, NotApplicable)}
    assert set(values) == {item.name for item in MEASURES} - {"abstention-precision", "abstention-recall"}
    assert all(0 <= value <= 1 for value in values.values())
    assert {name for name in PERFECT if values[name] == 1.0} == PERFECT
    assert values["context-precision"] == 0.5
    assert values["abstention"] == 0.0


def test_what_lacks_is_named() -> None:
    value = measures_named(["citation-precision"])[0](AnswerRecord(question="q", response="r"))
    assert isinstance(value, NotApplicable)
    assert ["claims" in part for part in value.why.split("; ")] == [True, False]


def test_nothing_retrieved_has_recall_nought_and_no_precision() -> None:
    record = AnswerRecord(question="q", response="r", context_ids=(), reference_ids=("hours",))
    found = measure(record, measures_named(["context-precision", "context-recall"]))
    assert found["context-recall"] == 0.0
    assert isinstance(found["context-precision"], NotApplicable)


def test_an_unknown_name_is_answered_with_those_there_are() -> None:
    with pytest.raises(UsageError) as raised:
        measures_named(["groundedness", "bleu"])
    assert "bleu" in raised.value.message
    assert "groundedness" in raised.value.hint
