import pytest

from agents.checking.check import read_claims
from tests.evidence import make_evidence

EVIDENCE = make_evidence(
    "Pages are short. Laptops are replaced after 48 months instead of 36. Ask IT.",
    "Batteries are exchanged at month 30. Screens are borrowed.",
)


def numbers(text: str) -> list[tuple[str, list[int]]]:
    return [(claim.text, [citation.number for citation in claim.citations]) for claim in read_claims(text, EVIDENCE)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Laptops stay 48 months [1].", [("Laptops stay 48 months.", [1])]),
        ("Laptops stay 48 months.[1]", [("Laptops stay 48 months.", [1])]),
        ("Laptops stay 48 months. [1] Batteries go [2].", [("Laptops stay 48 months.", [1]), ("Batteries go.", [2])]),
        ("Both hold [1][2].", [("Both hold.", [1, 2])]),
        ("Both hold [1, 2].", [("Both hold.", [1, 2])]),
        ("Both hold [1-2].", [("Both hold.", [1, 2])]),
        ("A footnote [^1].", [("A footnote.", [1])]),
        ("Wide brackets【2】.", [("Wide brackets.", [2])]),
        ("In the middle [1] of it.", [("In the middle of it.", [1])]),
        ("Nothing is cited.", [("Nothing is cited.", list[int]())]),
        ("- One [1].\n- Two [2].", [("One.", [1]), ("Two.", [2])]),
        ("1. One [1].\n2. Two [2].", [("One.", [1]), ("Two.", [2])]),
        ("Held [1].\n\nSources:\n[1] leash.md", [("Held.", [1])]),
        ("Held [1].\n[1]: https://example.org", [("Held.", [1])]),
        ("A [1](https://example.org) link.", [("A [1](https://example.org) link.", list[int]())]),
        ("", list[tuple[str, list[int]]]()),
        ("[1]", list[tuple[str, list[int]]]()),
    ],
)
def test_markers(text: str, expected: list[tuple[str, list[int]]]):
    assert numbers(text) == expected


def test_a_claim_knows_the_line_and_the_list_that_it_stood_in():
    text = "# Steps [1]\nOpen it [1]. Wait [1].\n\n* One [1]. More [1].\n12) Two [2].\n> Said [1]."
    assert [(claim.text, claim.line, claim.lead) for claim in read_claims(text, EVIDENCE)] == [
        ("Steps", 0, ""),
        ("Open it.", 1, ""),
        ("Wait.", 1, ""),
        ("One.", 3, "-"),
        ("More.", 3, "-"),
        ("Two.", 4, "12."),
        ("Said.", 5, ""),
    ]


def test_an_unknown_number_cites_nothing_and_is_named():
    (claim,) = read_claims("Laptops stay [7].", EVIDENCE)
    assert (claim.citations, claim.support) == ((), "uncited")
    assert "[7]" in claim.why


def test_the_quote_is_the_sentence_that_supports_the_claim_and_stands_in_the_document():
    (claim,) = read_claims("A laptop is replaced after 48 months [1].", EVIDENCE)
    citation = claim.citations[0]
    assert citation.quote == "Laptops are replaced after 48 months instead of 36."
    hit = EVIDENCE[0].hit
    assert hit.text[citation.start - hit.start : citation.end - hit.start] == citation.quote
