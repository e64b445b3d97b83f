"""The words around claims."""

import pytest

from agents.checking.check import read_claims
from agents.compose import SEE_ALSO, body_of, compose, in_lines
from agents.records import Claim, Sufficiency
from tests.evidence import make_evidence

EVIDENCE = make_evidence("Laptops are replaced after 48 months instead of 36.", "Batteries are exchanged at month 30.")


@pytest.mark.parametrize(
    ("written", "put"),
    [
        ("One [1]. Two [2].", "One. [1] Two. [2]"),
        ("One [1].\nTwo [2].", "One. [1] Two. [2]"),
        ("One [1].\n\nTwo [2].", "One. [1]\n\nTwo. [2]"),
        ("Both [1]:\n- one [1].\n* two [2]. More [2].", "Both: [1]\n\n- one. [1]\n- two. [2] More. [2]"),
        ("1. one [1].\n2) two [2].\n\nDone [1].", "1. one. [1]\n2. two. [2]\n\nDone. [1]"),
    ],
)
def test_an_answer_keeps_its_lines_and_lists(written: str, put: str) -> None:
    assert in_lines(read_claims(written, EVIDENCE)) == put


def test_what_is_left_of_an_item_stays_an_item() -> None:
    claims = read_claims("- one [1].\n- two [2]. More [2].\n- three [1].", EVIDENCE)
    assert in_lines([claim for claim in claims if claim.text != "two."]) == "- one. [1]\n- More. [2]\n- three. [1]"


def test_quotes_of_several_lines_stand_apart() -> None:
    quotes = [Claim(text=text, citations=(), support="quoted") for text in ("a\nb", "c")]
    assert in_lines(quotes) == "a\nb\n\nc"
    assert in_lines([]) == ""


def test_what_stands_beside_comes_after_all_parts_and_before_what_may_be_meant() -> None:
    claims = [
        Claim(text="At nine.", citations=(), support="quoted", part="when does it open?"),
        Claim(text="Ana.", citations=(), support="quoted", part="who has the key"),
        Claim(text="At ten on Sundays.", citations=(), support="quoted", part="when does it open?", beside=True),
    ]
    body = body_of(claims)
    places = [body.index(text) for text in ("when does it open", "At nine.", "Ana.", SEE_ALSO, "At ten on Sundays.")]
    assert places == sorted(places)
    assert body.count("when does it open") == 1
    sufficiency = Sufficiency(
        verdict="sufficient", probability=0.9, may_mean=("the wiki documents", "the hr documents")
    )
    assert compose(claims, sufficiency, EVIDENCE).startswith(body)
    assert all(choice in compose(claims, sufficiency, EVIDENCE) for choice in sufficiency.may_mean)
    assert SEE_ALSO not in body_of(claims[2:])
