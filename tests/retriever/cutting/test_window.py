"""What the encoder reads of a passage."""

from hone.records import Passage
from retriever.cutting.window import TITLE_BYTES, clipped, embedded_text


def passage(heading: tuple[str, ...] = (), preface: str = "") -> Passage:
    return Passage(id="p", document="d", ordinal=0, heading=heading, preface=preface, text="Text.", start=0, end=5)


def test_title_and_headings_stand_in_a_line_above_preface_and_text():
    read = embedded_text("Travel", passage(("Trains", "Seats"), "| City | Rate |"))
    assert read == "Travel › Trains › Seats\n| City | Rate |\nText."


def test_a_first_heading_that_is_the_title_is_said_once():
    assert embedded_text("Travel  policy", passage(("Travel Policy", "Trains"))) == "Travel Policy › Trains\nText."


def test_what_is_missing_leaves_no_empty_line():
    assert embedded_text("", passage()) == "Text."
    assert embedded_text("", passage(("Trains",))) == "Trains\nText."


def test_a_long_title_is_shortened_at_a_word_and_in_bytes():
    assert clipped("word " * 40) == " ".join(["word"] * 15) + "…"
    assert len(clipped("가" * 100).encode()) <= TITLE_BYTES
