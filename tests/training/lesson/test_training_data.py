"""Laying examples out: each text once, and nothing held against a question that may be right for it."""

from training.lesson.training_data import index_examples
from training.records import Pair


def pair(query: str, document: str, text: str) -> Pair:
    return Pair(query=query, passage=text, document=document, text=text, grade=2, weight=0.5, source="log", grounds=())


def test_texts_stand_once_and_examples_point_at_them() -> None:
    indexed = index_examples([pair("a?", "x", "X"), pair("b?", "y", "Y")], [["Y", "Z"], ["X"]], ())
    assert indexed.questions == ("a?", "b?")
    assert indexed.passages == ("X", "Y", "Z")
    assert [(item.question, item.positive, item.negatives) for item in indexed.examples] == [
        (0, 0, (1, 2)),
        (1, 1, (0,)),
    ]


def test_the_rest_of_a_right_document_is_kin() -> None:
    indexed = index_examples([pair("a?", "x", "X1"), pair("b?", "x", "X2"), pair("A ", "y", "Y")], [[], [], []], ())
    known_positives = {
        indexed.questions[row]: {indexed.passages[place] for place in found}
        for row, found in indexed.known_positives.items()
    }
    assert known_positives["a?"] == {"X1", "X2", "Y"}, (
        "one question, however it is spelt, and all that its documents hold"
    )
    assert known_positives["b?"] == {"X1", "X2"}
