"""Where sentences end."""

from itertools import pairwise

import pytest

from retriever.cutting.sentences import sentence_starts


@pytest.mark.parametrize(
    "sentences",
    [
        ["It costs 3.5 euros. ", "Ask first."],
        ["Use tools, e.g. Figma or Miro. ", "Then ask Dr. Ames."],
        ["Does it work? ", "yes! ", "Good."],
        ["He said “stop.” ", "She did not."],
        ["The U.S. Office is open. ", "Come in."],
        ["Run v2. then wait. ", "It is done."],
        ["1. Open the door.\n", "2. Close it."],
        ["Es gilt z.B. Folgendes. ", "Das ist alles."],
        ["出張費は三日以内。", "領収書が必要です。"],
        ["It ends in 50. ", "That is all."],
        ["One line.\n", "Another line."],
    ],
)
def test_sentences_are_told_apart(sentences: list[str]):
    text = "".join(sentences)
    bounds = [0, *sentence_starts(text, 0, len(text)), len(text)]
    assert [text[start:end] for start, end in pairwise(bounds)] == sentences


def test_a_stretch_is_read_within_its_bounds():
    text = "Before. One. Two. After."
    assert list(sentence_starts(text, 8, 17)) == [13]
