"""Which titles are names, by how the passages at hand write them."""

from agents.heuristics.titles import Naming
from hone.records import Hit
from tests.agents.heuristics.test_merging import hit

ASKED = "Who wrote it?"


def sureness(title: str, *texts: str, question: str = ASKED) -> float:
    hits: list[Hit] = [hit(title, 1.0), *(hit(f"other {place}", 1.0, text) for place, text in enumerate(texts))]
    return Naming.of(question, hits).sureness(hits[0])


def test_a_title_that_is_written_with_capitals_inside_sentences_is_a_name() -> None:
    assert sureness("Arch Nicholson", "A film directed by Arch Nicholson.") == 1.0


def test_a_title_that_people_write_in_small_letters_is_none() -> None:
    assert sureness("Deployments", "We count deployments every week.", "Old deployments are kept.") == 0.0


def test_a_capital_that_begins_a_sentence_shows_nothing() -> None:
    assert sureness("Deployments", "It failed. Deployments stop then.") == 0.0
    assert sureness("Arch Nicholson", "It failed. Arch Nicholson left.") == 1.0


def test_how_the_question_writes_it_counts() -> None:
    assert sureness("Get started", question="how do i get started") == 0.0
    assert sureness("Sugar Harvest", question="Who wrote Sugar Harvest?") == 1.0


def test_a_name_that_most_documents_have_is_less_sure() -> None:
    few = sureness("Slack", "Write in Slack.", "Nothing.", "Nothing.", "Nothing.")
    many = sureness("Slack", "Write in Slack.", "Ask in Slack.", "See Slack.", "Post to Slack.")
    assert 0 <= many < few


def test_a_title_without_words_is_no_name() -> None:
    assert sureness("It", "He saw It there.") == 0.0
