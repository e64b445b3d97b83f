"""What stands in the passages is told from what does not."""

from collections.abc import Sequence

import pytest

from eval.answers.groundedness import ground, groundedness, unchallenged
from eval.answers.records import AnswerRecord, NotApplicable

LEAVE = "Employees take 25 days of leave each year.\nRequests go to the team lead, Ada Lovelace, two weeks before."
TRAVEL = "| Class | Limit |\n|---|---|\n| Train | 300 euros |\n| Flight | 900 euros |"


def _score(response: str, *contexts: str) -> float:
    value = groundedness(AnswerRecord(question="q", response=response, contexts=contexts))
    assert isinstance(value, float)
    return value


def test_a_copied_sentence_is_wholly_grounded() -> None:
    assert _score("Requests go to the team lead, Ada Lovelace, two weeks before.", LEAVE) == 1.0


def test_a_sentence_of_other_words_is_not() -> None:
    assert _score("Penguins swim under glaciers.", LEAVE) == 0.0


def test_the_score_is_the_mean_over_sentences() -> None:
    assert _score("Employees take 25 days of leave each year. Penguins swim under glaciers.", LEAVE) == 0.5


def test_words_from_several_sentences_count_less_than_from_one() -> None:
    together = _score("Employees take leave each year.", LEAVE)
    mixed = _score("Employees each take two requests.", LEAVE)
    assert together == 1.0
    assert 0 < mixed < 1


@pytest.mark.parametrize(
    ("said", "missing"),
    [
        ("Employees take 30 days of leave each year.", ("30",)),
        ("Employees of Initech take 25 days of leave each year.", ("initech",)),
    ],
)
def test_an_invented_number_or_name_halves_its_sentence(said: str, missing: Sequence[str]) -> None:
    found = ground(said, [LEAVE])[0]
    assert found.missing == tuple(missing)
    assert 0 < found.score <= 0.5
    assert found.source == "Employees take 25 days of leave each year."


def test_a_table_row_is_read_with_its_column_names() -> None:
    assert _score("The limit of the class train is 300 euros.", TRAVEL) == 1.0


def test_where_nothing_was_retrieved_a_statement_stands_on_nothing() -> None:
    assert _score("Employees take 25 days of leave.") == 0.0


@pytest.mark.parametrize("response", ["I do not know.", "You're welcome! Is there anything else?", ""])
def test_what_states_nothing_has_no_groundedness(response: str) -> None:
    record = AnswerRecord(question="q", response=response, contexts=(LEAVE,))
    assert isinstance(groundedness(record), NotApplicable)
    assert isinstance(unchallenged(record), NotApplicable)


def test_refusing_and_polite_sentences_are_left_out() -> None:
    said = "I do not have the exact date. Employees take 25 days of leave each year. Is there anything else?"
    assert _score(said, LEAVE) == 1.0


def test_words_in_scripts_without_spaces_are_compared() -> None:
    passage = "年次休暇は25日です。申請は二週間前までに行います。"
    assert _score("年次休暇は25日です。", passage) == 1.0
    assert _score("本社は大阪にあります。", passage) < 0.5


def test_a_denial_costs_groundedness_one_word_and_is_challenged() -> None:
    passage = "Smoking is allowed in the yard. The office opens at 9."
    record = AnswerRecord(
        question="q", response="Smoking is not allowed in the yard. The office opens at 9.", contexts=(passage,)
    )
    assert groundedness(record) == (3 / 4 + 1) / 2
    assert unchallenged(record) == 0.5
