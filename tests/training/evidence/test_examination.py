"""Whether shuffled pages tell how far down people look, and how many questions one stands for by its answer's place."""

import random

import numpy as np
import pytest

from hone.log.rows import LoggedSearch
from hone.log.traces import SearchTrace, Traces
from retriever.searching.page import draw
from tests.training.clicks import click
from tests.training.office import MORNING, Office
from training.evidence.examination import DEFAULT, ENOUGH, PLACES, ExaminationCurve, estimate, measure
from training.records import RelevanceEvidence


def test_an_answer_far_down_stands_for_more_questions_and_for_no_more_than_ten() -> None:
    curve = ExaminationCurve(method="default", examination=DEFAULT)
    assert curve.inverse_propensity(1) == 1
    assert curve.inverse_propensity(4) == pytest.approx(2)
    assert curve.inverse_propensity(400) == curve.inverse_propensity(PLACES)
    steep = ExaminationCurve(method="randomised", examination=(1.0, *[0.01] * 9))
    assert steep.inverse_propensity(2) == pytest.approx(10)


def test_a_log_without_shuffled_pages_has_the_assumed_curve_and_weighs_no_click_by_it(office: Office) -> None:
    for person in ("ana", "bo"):
        search: LoggedSearch = office.search(person, "vpn token", ("leave.md#0", "vpn.md#0"))
        office.act(search, "click", "vpn.md#0")
    usable = office.usable()
    assert (usable.examination.method, usable.examination.examination) == ("default", DEFAULT)
    assert usable.evidence
    weights = {item.weight for item in usable.evidence}
    assert len(weights) == 1, weights


STEEP = tuple(1 / rank for rank in range(1, 11))


def used(
    looks: tuple[float, ...], searches: int, share: float, seed: int = 3
) -> tuple[Traces, list[RelevanceEvidence]]:
    """Make a log of people who look as said down pages in the order of liking; most questions are asked once."""
    drawn, found, clicks = random.Random(seed), dict[str, SearchTrace](), list[RelevanceEvidence]()
    likes = {question: sorted([drawn.random() ** 2 for _ in range(10)], reverse=True) for question in range(searches)}
    for number in range(searches):
        question, name, order = drawn.randrange(searches), f"{seed}-{number}", list(range(10))
        shuffle = draw(name, 10, share)
        for pair, swapped in enumerate(shuffle.swapped if shuffle else ()):
            upper = shuffle.first - 1 + 2 * pair if shuffle else 0
            order[upper : upper + 2] = order[upper : upper + 2][:: -1 if swapped else 1]
        shown = tuple(f"q{question}p{item}" for item in order)
        query = f"question {question}"
        found[name] = SearchTrace(id=name, person="", query=query, at=MORNING, shown=shown, shuffle=shuffle)
        for rank, item in enumerate(order, 1):
            if drawn.random() < 0.4 * looks[rank - 1] * likes[question][item]:
                clicks.append(click(name, query, shown[rank - 1], rank))
    return Traces(searches=found, asks={}, acts=()), clicks


def error(looks: tuple[float, ...], truth: tuple[float, ...]) -> float:
    return float(np.abs(np.log(looks) - np.log(truth)).mean())


@pytest.mark.parametrize("truth", [STEEP, DEFAULT])
def test_a_planted_curve_is_found_from_few_clicks(truth: tuple[float, ...]) -> None:
    found = list[float]()
    for seed in range(4):
        curve = estimate(*used(truth, 4000, 0.2, seed))
        assert curve.method in ("randomised", "none")
        assert ENOUGH <= curve.clicks < 700
        found.append(error(curve.examination, truth))
    assert np.mean(found) < 0.35, found


def test_many_clicks_find_it_closely() -> None:
    traces, clicks = used(STEEP, 30_000, 0.2)
    assert estimate(traces, clicks).examination == pytest.approx(STEEP, abs=0.06)


def test_where_all_places_are_looked_at_alike_nothing_much_is_corrected() -> None:
    flat = (1.0,) * 10
    assert np.mean([error(estimate(*used(flat, 4000, 0.2, seed)).examination, flat) for seed in range(4)]) < 0.15


def test_without_shuffled_pages_or_with_a_few_nothing_is_measured() -> None:
    for share, searches in ((0.0, 3000), (0.2, 300)):
        curve = estimate(*used(STEEP, searches, share))
        assert curve.method == "default"
        assert curve.examination == DEFAULT
    none = measure((), set(), DEFAULT)
    assert (none.clicks, none.searches) == (0, 0)
    assert none.examination == pytest.approx(DEFAULT, abs=0.05)


def test_a_coin_that_fell_one_way_oftener_does_not_pass_for_a_place_that_is_looked_at_more() -> None:
    """Everybody looks at both places; the first passage is clicked always, and stands above in nine of ten."""
    found, clicks = dict[str, SearchTrace](), set[tuple[str, str]]()
    names = [(f"s{n}", d) for n in range(8000) if (d := draw(f"s{n}", 2, 1)) and d.first == 1]
    for number, (name, shuffle) in enumerate(names):
        if shuffle.swapped[0] and number % 9:
            continue
        shown = ("b", "a") if shuffle.swapped[0] else ("a", "b")
        found[name] = SearchTrace(id=name, person="", query="q", at=MORNING, shown=shown, shuffle=shuffle)
        clicks.add((name, "a"))
    assert measure(found.values(), clicks, DEFAULT).examination[1] > 0.97
