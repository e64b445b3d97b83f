import json
from pathlib import Path

import pytest

from agents.checking.support import denied_in, wanting
from agents.heuristics.quantities import Quantity, quantities_of

PAIRS = json.loads((Path(__file__).parent / "pairs.json").read_text(encoding="utf-8"))
# What a name did to whom is beyond words: only an LLM's view of entailment tells these.
BEYOND_WORDS = {"Anna manages Dora."}


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair["claim"])
def test_pairs_made_by_hand(pair: dict[str, str | bool]):
    why = wanting(str(pair["claim"]), [str(pair["passage"])])
    if pair["claim"] in BEYOND_WORDS:
        pytest.xfail("who did what to whom")
    assert (why == "") is pair["supported"], why


def test_there_are_enough_pairs_of_both_kinds():
    assert min(sum(pair["supported"] is kind for pair in PAIRS) for kind in (True, False)) >= 20


def test_what_is_wanting_is_named():
    assert "60" in wanting("Laptops are replaced after 60 months.", ["Laptops are replaced after 48 months."])
    assert "bram" in wanting("Ask for Bram Visser.", ["Ask for Priya Nair."])
    assert "day" in wanting("It takes 5 weeks to file.", ["It takes 5 days to file."])


def test_several_passages_support_a_claim_together():
    passages = ["The trip to Chile needs an exception.", "The daily allowance in Chile is €54."]
    assert wanting("The trip to Chile needs an exception, and the daily allowance is €54.", passages) == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("five working days", {Quantity(number="5", unit="day")}),
        ("€1,250.50", {Quantity(number="1250.5", unit="eur")}),
        ("CAD 0.72 per km", {Quantity(number="0.72", unit="cad")}),
        ("12 %", {Quantity(number="12", unit="percent")}),
        ("room 12", set[Quantity]()),
    ],
)
def test_quantities(text: str, expected: set[Quantity]):
    assert quantities_of(text) == expected


def test_a_denial_ends_where_the_clause_does():
    assert denied_in("It is not allowed, but the gate opens.") == {"allow"}
    assert denied_in("The answer comes no later than noon.") == frozenset()
