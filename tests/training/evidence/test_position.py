"""Whether the curve that people look by is found again, and what is made of it."""

import random

import pytest

from hone.log.rows import LoggedSearch
from hone.log.traces import SearchTrace, Traces
from tests.training.clicks import click
from tests.training.office import MORNING, Office
from training.evidence.position import DEFAULT, Curve, estimate, weigh
from training.records import Evidence

PAGE = tuple(f"p{n}" for n in range(10))


def seen(name: str, query: str, shown: tuple[str, ...], propensity: tuple[float, ...] = ()) -> SearchTrace:
    return SearchTrace(id=name, person="ana", query=query, at=MORNING, shown=shown, propensity=propensity)


def made(looks: tuple[float, ...], searches: int) -> tuple[Traces, list[Evidence]]:
    """Make a log of people who look as said, at pages in any order."""
    drawn, found, clicks = random.Random(3), dict[str, SearchTrace](), list[Evidence]()
    likes = [{name: drawn.random() for name in PAGE} for _ in range(20)]
    for number in range(searches):
        query, name = drawn.randrange(20), f"s{number}"
        shown = tuple(drawn.sample(PAGE, 10))
        found[name] = seen(name, f"question {query}", shown)
        for rank, passage in enumerate(shown, 1):
            if drawn.random() < looks[rank - 1] * likes[query][passage]:
                clicks.append(click(name, f"question {query}", passage, rank))
    return Traces(searches=found, asks={}, acts=()), clicks


def test_the_curve_is_found_again() -> None:
    looks = tuple(1 / rank for rank in range(1, 11))
    curve = estimate(*made(looks, 3000))
    assert curve.method == "estimated"
    assert curve.gain > 0
    assert curve.looks == pytest.approx(looks, abs=0.06)


def test_where_people_look_at_all_places_alike_nearly_nothing_is_corrected() -> None:
    curve = estimate(*made((1.0,) * 10, 3000))
    assert min(curve.looks) > 0.9


def test_too_few_clicks_tell_nothing() -> None:
    curve = estimate(*made(DEFAULT, 30))
    assert (curve.method, curve.looks) == ("default", DEFAULT)


def test_clicks_further_down_weigh_more_and_all_together_as_before() -> None:
    traces = Traces(searches={"s": seen("s", "q", PAGE)}, asks={}, acts=())
    evidence = [click("s", "q", "p0", 1), click("s", "q", "p8", 9)]
    weighed = weigh(evidence, Curve(method="default", looks=DEFAULT), traces)
    first, ninth = (item.weight for item in weighed.evidence)
    assert ninth == pytest.approx(3 * first)
    assert first + ninth == pytest.approx(0.4)
    assert (weighed.effect.questions, weighed.effect.changed) == (1, 1)


def test_what_a_search_recorded_itself_wins_over_the_curve() -> None:
    traces = Traces(searches={"s": seen("s", "q", PAGE, propensity=(0.5, 0.5))}, asks={}, acts=())
    evidence = [click("s", "q", "p0", 1), click("s", "q", "p1", 2)]
    weighed = weigh(evidence, Curve(method="default", looks=DEFAULT), traces)
    assert [item.weight for item in weighed.evidence] == pytest.approx([0.2, 0.2])


def test_it_is_told_in_what_is_usable(office: Office) -> None:
    for person in ("ana", "bo"):
        search: LoggedSearch = office.search(person, "vpn token", ("leave.md#0", "vpn.md#0"))
        office.act(search, "click", "vpn.md#0")
    usable = office.usable()
    assert (usable.position.curve.method, usable.position.clicks) == ("default", 2)
