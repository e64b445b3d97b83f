from dataclasses import replace

import pytest

from agents.checking.check import check, read_claims
from agents.heuristics.sentences import TextSpan, cite, find_quote
from agents.records import Claim
from tests.evidence import make_evidence, make_hit

TEXT = "Laptops are replaced\nafter 48 months. Screens are borrowed for two weeks."
EVIDENCE = make_evidence(TEXT, "Passage two says that batteries are exchanged at month 30.")
PERMITTED = frozenset(item.hit.passage for item in EVIDENCE)
QUOTE = "Laptops are replaced\nafter 48 months."


def quoted(**changes: object) -> Claim:
    citation = cite(EVIDENCE[0], TextSpan(start=0, end=len(QUOTE)))
    return Claim(text=" ".join(QUOTE.split()), citations=(replace(citation, **changes),), support="supported")


def test_a_quote_to_the_letter_is_quoted():
    (claim,) = check([quoted()], EVIDENCE, PERMITTED)
    assert (claim.support, claim.why) == ("quoted", "")


def test_white_space_is_corrected_to_the_exact_span():
    (claim,) = check([quoted(quote="Laptops are  replaced after 48 months.", start=0, end=5)], EVIDENCE, PERMITTED)
    citation = claim.citations[0]
    assert (claim.support, citation.quote) == ("quoted", QUOTE)
    assert (citation.start, citation.end) == (100, 100 + len(QUOTE))


def test_a_quote_that_is_not_there_is_refused():
    (claim,) = check([quoted(quote="Laptops are never replaced.")], EVIDENCE, PERMITTED)
    assert (claim.support, claim.citations) == ("unsupported", ())
    assert "quote" in claim.why


def test_a_passage_that_was_not_permitted_is_refused_without_a_word_of_it():
    (claim,) = check([quoted()], EVIDENCE, frozenset())
    assert (claim.support, claim.citations) == ("unsupported", ())
    assert "48" not in claim.why


def test_a_number_or_passage_that_does_not_exist_is_refused():
    for change in ({"number": 9}, {"passage": "elsewhere"}):
        (claim,) = check([quoted(**change)], EVIDENCE, PERMITTED)
        assert (claim.support, claim.citations) == ("unsupported", ())


def test_what_an_llm_wrote_is_held_to_its_passage():
    text = "A laptop is replaced after 48 months [1]. It is replaced after 60 months [1]. Nobody knows."
    claims = check(read_claims(text, EVIDENCE), EVIDENCE, PERMITTED)
    assert [claim.support for claim in claims] == ["supported", "unsupported", "uncited"]
    assert "60" in claims[1].why


def test_what_is_right_under_a_wrong_number_gets_the_right_one():
    text = "Batteries are exchanged at month 30 [1]. Batteries are exchanged at month 60 [1]."
    right, wrong = check(read_claims(text, EVIDENCE), EVIDENCE, PERMITTED)
    assert (right.support, [citation.number for citation in right.citations]) == ("supported", [2])
    assert (wrong.support, [citation.number for citation in wrong.citations]) == ("unsupported", [1])


@pytest.mark.parametrize(
    ("question", "claim", "support"),
    [
        ("What does a monthly bus ticket cost?", "The cost of a monthly bus ticket is 18 euros [1].", "unsupported"),
        ("What does a parking permit cost?", "In a month a parking permit costs 18 euros [1].", "supported"),
        ("What does a parking pass cost?", "A parking pass costs 18 euros a month [1].", "supported"),  # another word
    ],
)
def test_a_passage_says_nothing_about_what_only_the_question_names(question: str, claim: str, support: str):
    evidence = make_evidence("Staff may park in the yard. A parking permit costs 18 euros a month.")
    (found,) = check(read_claims(claim, evidence), evidence, {evidence[0].hit.passage}, question)
    assert found.support == support


def test_one_bad_citation_does_not_take_a_good_one_along():
    claims = read_claims("Batteries are exchanged at month 30 [1][2].", EVIDENCE)
    (claim,) = check(claims, EVIDENCE, {EVIDENCE[1].hit.passage})
    assert [citation.number for citation in claim.citations] == [2]
    assert claim.support == "supported"


def test_a_table_row_read_aloud_is_quoted():
    (row,) = make_evidence(make_hit("| Code | Meaning |\n|---|---|\n| LSH-412 | expired |", "codes.md"))
    start = row.hit.text.index("| LSH")
    claim = Claim(
        text="Code: LSH-412; Meaning: expired",
        citations=(cite(row, TextSpan(start=start, end=len(row.hit.text))),),
        support="quoted",
    )
    assert check([claim], [row], {row.hit.passage})[0].support == "quoted"


def test_a_repeated_quote_is_found_where_it_claims_to_stand():
    assert find_quote("no", "no, no", near=4) == TextSpan(start=4, end=6)
    assert find_quote("no", "no, no", near=1) == TextSpan(start=0, end=2)
    assert find_quote(" ", "no, no") is None
