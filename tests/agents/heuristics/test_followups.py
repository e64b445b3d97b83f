"""Questions that lean on what was said before."""

import pytest

from agents.heuristics.followups import WORDS, is_new_subject, is_whole, topic_of, understand
from agents.records import Turn


def said(*texts: str) -> list[Turn]:
    """Turns in order, the asker first."""
    return [Turn(role="assistant" if place % 2 else "user", text=text) for place, text in enumerate(texts)]


CARNEGIE = said("How much did Andrew Carnegie donate?", "Carnegie gave away about $350 million.")


def test_a_question_alone_is_left_as_it_is() -> None:
    understood = understand(said("how do  I reset it?"))
    assert understood.standalone == understood.asked == "how do I reset it?"


def test_a_question_that_points_back_takes_the_subject_along() -> None:
    understood = understand([*CARNEGIE, *said("Where is he buried?")])
    assert understood.standalone.endswith("Where is he buried?")
    assert understood.topic.startswith("Carnegie")
    assert "Andrew" in understood.topic


def test_a_question_that_says_too_little_takes_the_subject_along() -> None:
    turns = said("how soon must the status page be up in a sev1?", "Within 20 minutes.", "and for a SEV2?")
    assert {"status", "page"} <= set(understand(turns).topic.split())


def test_a_new_subject_takes_nothing_along() -> None:
    asked = "Which printers in Halifax support duplex scanning?"
    assert is_new_subject(asked, CARNEGIE)
    assert understand([*CARNEGIE, Turn(role="user", text=asked)]).standalone == asked


def test_a_word_in_common_is_no_new_subject() -> None:
    assert not is_new_subject("Which libraries did Carnegie pay builders for?", CARNEGIE)


def test_what_was_said_long_ago_fades_even_if_it_was_said_twice() -> None:
    turns = said("badges", "ok", "badges", "ok", "parking", "ok", "canteen", "ok", "lifts")
    assert topic_of(turns).split()[0] == "lifts"


def test_the_askers_words_weigh_more_than_the_assistants() -> None:
    assert topic_of(said("badges", "parking")).split() == ["badges", "parking"]


def test_the_subject_is_a_few_words_however_long_the_conversation() -> None:
    turns = said(*(f"alpha{number} beta{number} gamma{number}" for number in range(40)))
    assert len(topic_of(turns).split()) == WORDS


@pytest.mark.parametrize(
    "asked", ["how many vacation days do I get", "who wears the bell at night, and when does it change hands"]
)
def test_a_whole_question_is_asked_as_it_is_and_the_conversation_only_helps(asked: str) -> None:
    understood = understand([*CARNEGIE, *said(asked)])
    assert understood.standalone == asked
    assert understood.with_topic.endswith(asked)
    assert "Carnegie" in understood.with_topic


@pytest.mark.parametrize(
    "asked",
    ["and on a mobile hotspot?", "What about New York?", "how long?", "When did he move there?", "tax rate for LLC"],
)
def test_what_is_no_whole_question_leans_on_what_was_said(asked: str) -> None:
    assert not is_whole(asked, CARNEGIE)
    assert "Carnegie" in understand([*CARNEGIE, *said(asked)]).standalone
