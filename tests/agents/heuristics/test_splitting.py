"""Questions of several parts."""

import pytest

from agents.heuristics.planning import split


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("What is the difference between an index fund and a mutual fund?", ("index fund", "mutual fund")),
        ("tiercel vs falcon", ("tiercel", "falcon")),
        ("Compare the T3 with the T3-X.", ("T3", "T3-X")),
        ("How does the leash differ from swivel?", ("leash", "swivel")),
        ("Who was born later, Alison Winter or Harry Anslinger?", ("Alison Winter", "Harry Anslinger")),
    ],
)
def test_a_comparison_is_searched_for_by_what_it_compares(question: str, parts: tuple[str, ...]) -> None:
    assert split(question) == parts


def test_several_questions_are_searched_for_one_by_one() -> None:
    assert split("How many days of leave do I get? And who approves overtime on weekends?") == (
        "How many days of leave do I get?",
        "who approves overtime on weekends?",
    )


def test_a_later_question_that_points_back_takes_the_subject_along() -> None:
    assert split("Who was Andrew Carnegie? Where is he buried?")[1] == "Andrew Carnegie Where is he buried?"


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (
            "My kite is torn. who mends it and where do I leave it",
            ("My kite is torn. who mends it", "My kite is torn. where do I leave it"),
        ),
        (
            "new falcon at the yard: does it need a ring, and by which day must it be told?",
            ("new falcon at the yard: does it need a ring", "new falcon at the yard: by which day must it be told?"),
        ),
        ("1) the lamp blinks 2) the door won't open", ("the lamp blinks", "the door won't open")),
        (
            "which rope do climbers get and how do I log in",
            ("which rope do climbers get", "rope climbers how do I log in"),
        ),
    ],
)
def test_clauses_that_ask_are_parts_with_what_was_told_before(question: str, parts: tuple[str, ...]) -> None:
    assert split(question) == parts


@pytest.mark.parametrize(
    "question",
    [
        "ok, and how do I get the file back?",
        "who may use the tool that was bought and is kept in the yard?",
        "Is the yard open on Sunday or do I need a key?",
        "How long may I keep the kite? I'm new here.",
        "how do I reset my password?",
        "salt and pepper in the canteen",
        "Really? When does the lift come back?",
        "?",
    ],
)
def test_a_question_of_one_part_is_left_whole(question: str) -> None:
    assert split(question) == ()


def test_there_are_never_more_than_three_parts() -> None:
    assert len(split("Where is Delft? Where is Breda? Where is Gouda? Where is Tiel? Where is Ede?")) == 3
