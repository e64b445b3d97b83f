import pytest

from agents.heuristics.answer_type import has_wanted
from agents.heuristics.facts import names_of, numbers_of, rarity, share, terms_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,000 and 1000", {"1000"}),
        ("1.250.000,50", {"1250000.5"}),
        ("four of 6", {"4", "6"}),
        ("14 October 2026", {"14", "month 10", "2026"}),
        ("2026-10-14", {"14", "month 10", "2026"}),
        ("3,5 and 3.50", {"3.5"}),
        ("you may march on", set[str]()),
        ("due 3 March", {"3", "month 3"}),
    ],
)
def test_numbers_have_one_form(text: str, expected: set[str]):
    assert numbers_of(text) == expected


def test_names_are_capitals_inside_sentences_acronyms_and_codes():
    assert names_of("Ask Priya Nair about LSH-412. Then restart the VPN.") == {"priya", "nair", "lsh-412", "vpn"}
    assert names_of("Then go. Monday in March, the 3rd.") == frozenset()


def test_terms_are_stems_without_stop_words():
    assert terms_of("What are the replaced laptops?") == {"replac", "laptop"}


def test_shares_and_rarity():
    assert share(frozenset("ab"), frozenset("bc")) == 0.5
    assert share(frozenset(), frozenset("a")) == 1.0
    weights = rarity([frozenset("ab"), frozenset("a")], frozenset("abc"))
    assert weights["a"] < weights["b"] < weights["c"]


@pytest.mark.parametrize(
    ("question", "answer", "other"),
    [
        ("how long does a session last", "It lasts ten hours.", "It lasts."),
        ("how many pages", "There are 12.", "There are some."),
        ("when does it start", "On 3 March.", "Soon enough."),
        ("who approves it", "It is for Priya Nair to say.", "Somebody does."),
        ("why is it closed", "Because it snows.", "It is closed."),
        ("what percentage do we pay", "About 5 percent.", "A part of it."),
    ],
)
def test_the_kind_of_answer(question: str, answer: str, other: str):
    assert has_wanted(question, answer)
    assert not has_wanted(question, other)
