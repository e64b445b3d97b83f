"""What stands in quotation marks is looked for in the passages."""

import pytest

from eval.answers.overlap import quoted_span_alignment, quotes_of
from eval.answers.records import AnswerRecord, NotApplicable, Value


def _value(response: str, *contexts: str) -> Value:
    return quoted_span_alignment(AnswerRecord(question="q", response=response, contexts=contexts))


@pytest.mark.parametrize(
    "text",
    [
        'It says "leave is taken whole".',
        "It says “leave is taken whole.”",
        "Es heißt „leave is taken whole“.",
        "Il dit « leave is taken whole ».",
        "Es heißt »leave is taken whole«.",
    ],
)
def test_every_kind_of_quotation_mark_quotes(text: str) -> None:
    assert list(quotes_of(text)) == ["leave is taken whole"]


def test_names_in_quotation_marks_are_no_quotes() -> None:
    assert list(quotes_of('The "Guide" and "Travel Policy" apply.')) == []
    assert list(quotes_of("「年次休暇は二十五日」とあります。「規則」です。")) == ["年次休暇は二十五日"]


def test_a_quote_with_something_left_out_is_two() -> None:
    assert list(quotes_of("“employees take leave … it is paid in full”")) == [
        "employees take leave",
        "it is paid in full",
    ]


def test_the_share_of_quotes_that_a_passage_has() -> None:
    said = '"Leave is  taken whole" and "leave is never taken".'
    assert _value(said, "Here leave is\ntaken whole days.", "Another.") == 0.5


def test_a_quote_may_not_run_over_two_passages() -> None:
    assert _value('"one two three four"', "one two", "three four") == 0.0


def test_without_a_quote_there_is_nothing_to_measure() -> None:
    assert isinstance(_value("Leave is paid.", "Leave is paid."), NotApplicable)
