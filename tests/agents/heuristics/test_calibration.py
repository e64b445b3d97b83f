import random
from pathlib import Path

import pytest

from agents.heuristics.calibration import (
    COUNTED,
    Labelled,
    fit_calibration,
    read_calibration,
    save_calibration,
    shipped_calibration,
)
from hone.errors import HoneError, UsageError
from retriever.encoding import open_encoder


def rows(count: int = 400) -> list[Labelled]:
    """Half have an answer; `good` tells them apart mostly, `noise` not at all."""
    chance = random.Random(3)
    made: list[Labelled] = []
    for place in range(count):
        answerable = place % 2 == 0
        signals = {"good": chance.gauss(2.0 if answerable else 0.0, 1.0), "noise": chance.gauss(0.0, 1.0)}
        made.append(Labelled(signals=signals, answerable=answerable))
    return made


def test_a_fit_finds_what_tells_them_apart():
    fitted = fit_calibration(rows(), "m", ("good", "noise"))
    weights = {item.signal: item.weight for item in fitted.weights}
    assert weights["good"] > 5 * abs(weights["noise"])
    assert fitted.probability({"good": 4.0, "noise": 0.0}) > 0.9
    assert fitted.probability({"good": -2.0, "noise": 0.0}) < 0.1
    assert (fitted.model, fitted.questions) == ("m", 400)


def test_probabilities_are_frequencies():
    known, fresh = rows(), rows(2000)[400:]
    fitted = fit_calibration(known, "m", ("good",))
    near = [row for row in fresh if 0.4 < fitted.probability(row.signals) < 0.6]
    assert sum(row.answerable for row in near) / len(near) == pytest.approx(0.5, abs=0.15)


def test_thresholds_keep_the_risk_they_were_chosen_for():
    fitted = fit_calibration(rows(), "m", ("good",))
    given = [row for row in rows(2000)[400:] if fitted.probability(row.signals) >= fitted.sufficient]
    assert sum(not row.answerable for row in given) / len(given) < 0.15
    assert fitted.partial <= fitted.sufficient


def test_a_signal_that_was_not_measured_counts_as_it_mostly_is():
    fitted = fit_calibration(rows(), "m", ("good", "noise"))
    mean = next(item.mean for item in fitted.weights if item.signal == "good")
    assert fitted.probability({"noise": 0.0}) == pytest.approx(fitted.probability({"good": mean, "noise": 0.0}))


def test_weights_stand_for_so_many_questions():
    doubled = [Labelled(signals=row.signals, answerable=row.answerable, weight=2.0) for row in rows()]
    assert fit_calibration(doubled, "m", ("good",)).weights[0].weight == pytest.approx(
        fit_calibration([*rows(), *rows()], "m", ("good",)).weights[0].weight, abs=1e-3
    )


def test_too_few_of_a_kind_are_refused():
    with pytest.raises(UsageError, match="9 without"):
        fit_calibration(
            [row for row in rows() if row.answerable] + [row for row in rows() if not row.answerable][:9], "m"
        )


def test_it_survives_the_file(tmp_path: Path):
    fitted = fit_calibration(rows(), "m", ("good", "noise"))
    save_calibration(fitted, tmp_path / "c.json")
    assert read_calibration(tmp_path / "c.json") == fitted


@pytest.mark.parametrize("text", ["", "{}", '{"version": 0}', "[1]"])
def test_a_file_that_is_none_is_named(tmp_path: Path, text: str):
    (tmp_path / "c.json").write_text(text, encoding="utf-8")
    with pytest.raises(HoneError, match=r"c\.json"):
        read_calibration(tmp_path / "c.json")
    with pytest.raises(HoneError):
        read_calibration(tmp_path / "none.json")


@pytest.mark.slow
def test_the_shipped_one_is_fitted_for_the_packaged_encoder():
    shipped = shipped_calibration()
    assert shipped.model == open_encoder("").card.hash
    assert tuple(item.signal for item in shipped.weights) == COUNTED
    assert 0.0 < shipped.partial < shipped.sufficient < 1.0
