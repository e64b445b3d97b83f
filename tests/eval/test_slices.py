"""What questions have in common."""

from datetime import UTC, datetime

from eval.records import EvalQuestion, KnownGold
from eval.slices import length_of, slice_all
from hone.records import Document


def test_keywords_and_sentences_are_told_apart() -> None:
    assert length_of("vpn down") == "up to 4 words"
    assert length_of("what do i do when it rains") == "in between"
    assert length_of("word " * 13) == "over 12 words"


def document(name: str, source: str) -> Document:
    now = datetime.now(UTC)
    return Document(
        id=name, source=source, path=name, title="", kind="md", url="", groups=frozenset(), modified=now, text_hash=""
    )


def test_head_and_tail_are_told_by_how_often_a_document_is_wanted() -> None:
    often, once = document("a", "wiki"), document("b", "hr")
    known = [KnownGold(grades={}, documents=(often,), lacking=(), forbidden=())] * 5
    known += [
        KnownGold(grades={}, documents=(once,), lacking=(), forbidden=()),
        KnownGold(grades={}, documents=(), lacking=(), forbidden=()),
    ]
    questions = [EvalQuestion(id=str(place), text="how", tags={"jargon": "yes", "kind": "howto"}) for place in range(7)]
    found = slice_all(questions, known)
    assert [item.get("gold wanted", "none") for item in found] == ["head"] * 5 + ["tail", "none"]
    assert (found[0]["source"], found[5]["source"], "source" in found[6]) == ("wiki", "hr", False)
    assert (found[0]["tag jargon"], found[0]["kind"]) == ("yes", "howto")


def test_seen_is_what_the_live_model_was_trained_on() -> None:
    known = [
        KnownGold(grades={}, documents=(document("a", "wiki"), document("b", "hr")), lacking=(), forbidden=()),
        KnownGold(grades={}, documents=(document("c", "hr"),), lacking=(), forbidden=()),
        KnownGold(grades={}, documents=(), lacking=(), forbidden=()),
    ]
    questions = [EvalQuestion(id=str(place), text="how") for place in range(3)]
    told = [item.get("seen in training") for item in slice_all(questions, known, {"b"})]
    assert told == ["yes", "no", None]
    assert all("seen in training" not in item for item in slice_all(questions, known)), "it was not trained"
