"""What is a question for the documents, and what is not."""

import pytest

from agents.heuristics.planning import has_asked_back, intent_of
from agents.records import Intent, Turn


def alone(text: str) -> Intent:
    return intent_of([Turn(role="user", text=text)])


@pytest.mark.parametrize("text", ["hi", "Hello there!", "thanks a lot", "good morning everyone", "ok great, thank you"])
def test_greetings_and_thanks(text: str) -> None:
    assert alone(text) == "greeting"


@pytest.mark.parametrize(
    "text", ["write me a poem about snow", "tell us another joke please", "How are you today?", "are you a robot?"]
)
def test_what_no_document_answers(text: str) -> None:
    assert alone(text) == "out_of_scope"


@pytest.mark.parametrize("text", ["?", "...", "and that?", "why", "it"])
def test_what_says_too_little(text: str) -> None:
    assert alone(text) == "unclear"


@pytest.mark.parametrize(
    "text",
    [
        "vpn",
        "hello, how do I reset my password?",
        "thanks, and who approves it?",
        "who wrote the song policy?",
        "LSH-412 ???",
        "good morning shift handover time",
        "who are you allowed to hood?",
        "what's up with the status page",
    ],
)
def test_whatever_may_be_a_question_is_one(text: str) -> None:
    assert alone(text) == "question"


def test_in_a_conversation_a_few_words_are_a_question() -> None:
    turns = [Turn(role="user", text="who approves travel?"), Turn(role="assistant", text="The wing lead.")]
    assert intent_of([*turns, Turn(role="user", text="why?")]) == "question"


def test_only_the_assistants_questions_count_as_asking_back() -> None:
    assert has_asked_back([Turn(role="assistant", text="What is it about?")])
    assert not has_asked_back([Turn(role="user", text="What is it about?")])
    assert not has_asked_back([Turn(role="assistant", text="It opens at nine.")])
