"""Refusals are told from answers that say no, in several languages."""

import pytest

from agents.compose import FAILED, LATE, NOTHING, OUTSIDE
from eval.answers.abstention import EARLIER, abstains, abstention_precision, abstention_recall, sentences_of, speech_of
from eval.answers.records import AnswerRecord, NotApplicable

REFUSALS = (
    NOTHING,
    OUTSIDE,
    LATE,
    FAILED,
    *EARLIER,
    # From runs of earlier versions, to the letter.
    "The documents that you may read do not tell.",
    "There was not enough time to answer from the documents that were found.",
    "The search did not work just now, so there is nothing to answer from. Please try again.",
    "Not found in the documents: parental leave.",
    "I found nothing about: parental leave.",
    "",
    "I don't know.",
    "Sorry, but I can not advise you about that.",
    "Not found.",
    "No information found.",
    "I'm unable to find the answer.",
    "The documents do not mention parental leave for contractors.",
    "The provided context doesn't contain any information about this.",
    "Sorry, but I do not have that information. Is there anything else?",
    "There is no information about the cafeteria in the documents.",
    "Based on the provided passages, I cannot answer this question.",
    "The requested date is not stated in the passages.",
    "Das weiß ich leider nicht.",
    "Dazu habe ich keine Informationen.",
    "Die Dokumente enthalten dazu nichts.",
    "Je ne sais pas.",
    "Les documents ne mentionnent pas ce sujet.",
    "No lo sé.",
    "Los documentos no mencionan este tema.",
)
ANSWERS = (
    "No. Leave is taken in whole days.",
    "The policy does not include dental care.",
    "We do not offer refunds.",
    "The documents do not have to be signed.",
    "The documents are not included in the shipment.",
    "The information is not provided to third parties.",
    "No information is shared with third parties.",
    "There is no information security officer.",
    "Employees cannot find parking in the yard.",
    "Please send the form to HR.",
    "If you are ill, call 112 for help.",
    "Thanksgiving is a holiday.",
    "I do not have the exact date. The office opens at 9.",
    "I do not have much information about the monastery but I can tell you that it is old.",
    "The text does not say when, but it does name the place: Lyon.",
    "It was founded in Lyon, but the documents do not say when.",
    "Although the text does not specifically address it, exercise helps.",
    "Wir haben keine Kernarbeitszeit.",
    "Die Unterlagen werden nicht zurückgeschickt.",
    "You're welcome! Let me know if you have other questions.",
)


@pytest.mark.parametrize("text", REFUSALS)
def test_a_refusal_abstains(text: str) -> None:
    assert abstains(text)


@pytest.mark.parametrize("text", ANSWERS)
def test_an_answer_does_not_abstain(text: str) -> None:
    assert not abstains(text)


def test_courtesy_is_neither() -> None:
    assert [speech_of(sentence) for sentence in sentences_of("I'm sorry. I do not know. The desk opens at 9.")] == [
        "courtesy",
        "refusal",
        "statement",
    ]


def test_sentences_lose_their_list_marks() -> None:
    assert list(sentences_of("- One.\n2. Two. Three.\n\n---\n")) == ["One.", "Two.", "Three."]


def _record(response: str, *, answerable: bool) -> AnswerRecord:
    return AnswerRecord(question="q", response=response, answerable=answerable)


def test_the_means_of_both_are_precision_and_recall() -> None:
    rightly, wrongly = _record("I don't know.", answerable=False), _record("I don't know.", answerable=True)
    invented, answered = _record("It is red.", answerable=False), _record("It is red.", answerable=True)
    assert [abstention_precision(item) for item in (rightly, wrongly)] == [1.0, 0.0]
    assert isinstance(abstention_precision(invented), NotApplicable)
    assert [abstention_recall(item) for item in (rightly, invented)] == [1.0, 0.0]
    assert isinstance(abstention_recall(answered), NotApplicable)
