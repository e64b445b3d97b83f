"""What a text is about."""

import pytest

from agents.heuristics.subjects import content_words, names, points, stems


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dune is directed by Denis Villeneuve with Eric Roth.", ("Denis Villeneuve", "Eric Roth")),
        ("Was it Jon Spaihts and T. R. Raghunath?", ("Jon Spaihts", "T. R. Raghunath")),
        ("He moved to New York. Australia won on 2 December 2014.", ("New York",)),
        ("who wrote the Bank of England memo", ("Bank of England",)),
        ('the song "story of an artist" again', ("story of an artist",)),
        ("how do i reset my password", ()),
    ],
)
def test_names_are_capitalised_or_quoted_spans(text: str, expected: tuple[str, ...]) -> None:
    assert names(text) == expected


def test_content_words_leave_out_what_every_question_has() -> None:
    assert content_words("so what about the VPN and its packet size then?") == ("VPN", "packet", "size")


def test_acronyms_that_look_like_everyday_words_are_kept() -> None:
    assert content_words("does IT pay") == ("IT", "pay")


def test_stems_bring_forms_of_a_word_together() -> None:
    assert stems("loggers") == stems("Logger")


def test_pointing_is_noticed_as_a_word_and_not_inside_one() -> None:
    assert points("and how long may I keep it?")
    assert not points("which items does the kit hold?")
