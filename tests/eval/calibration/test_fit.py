import random
from pathlib import Path

import numpy as np
import pytest

from agents.calibration import packaged_calibration, read_calibration
from agents.fitted import save_fit
from eval.calibration.fit import COUNTED, RIDGE, TARGET, LabelledSignals, Rows, fit_calibration, logistic
from hone.errors import HoneError, UsageError
from retriever.encoding import open_encoder


def rows(count: int = 400) -> list[LabelledSignals]:
    """Half have an answer; `good` tells them apart mostly, `noise` not at all."""
    chance = random.Random(3)
    made: list[LabelledSignals] = []
    for place in range(count):
        answerable = place % 2 == 0
        signals = {"good": chance.gauss(2.0 if answerable else 0.0, 1.0), "noise": chance.gauss(0.0, 1.0)}
        made.append(LabelledSignals(signals=signals, answerable=answerable))
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


def test_thresholds_keep_the_shares_they_were_chosen_for():
    fitted, fresh = fit_calibration(rows(), "m", ("good",)), rows(2000)[400:]
    lacking = [fitted.probability(row.signals) for row in fresh if not row.answerable]
    holding = [fitted.probability(row.signals) for row in fresh if row.answerable]
    answered = sum(chance >= fitted.sufficient for chance in lacking) / len(lacking)
    refused = sum(chance < fitted.best_match for chance in holding) / len(holding)
    assert answered == pytest.approx(TARGET.answered, abs=0.08)
    assert refused == pytest.approx(TARGET.refused, abs=0.03)
    assert fitted.best_match <= fitted.sufficient


def test_a_signal_that_was_not_measured_counts_as_it_mostly_is():
    fitted = fit_calibration(rows(), "m", ("good", "noise"))
    mean = next(item.mean for item in fitted.weights if item.signal == "good")
    assert fitted.probability({"noise": 0.0}) == pytest.approx(fitted.probability({"good": mean, "noise": 0.0}))


def test_weights_stand_for_so_many_questions():
    doubled = [LabelledSignals(signals=row.signals, answerable=row.answerable, weight=2.0) for row in rows()]
    assert fit_calibration(doubled, "m", ("good",)).weights[0].weight == pytest.approx(
        fit_calibration([*rows(), *rows()], "m", ("good",)).weights[0].weight, abs=1e-3
    )


@pytest.mark.parametrize("count", [24, 400])
def test_weights_are_those_of_the_newton_steps_that_the_packaged_calibration_was_fitted_by(count: int):
    chance = np.random.default_rng(count)
    matrix = chance.normal(size=(count, 3))
    labels = (matrix[:, 0] + chance.normal(size=count) > 0).astype(np.float64)
    counts = chance.uniform(0.1, 3.0, size=count)
    assert logistic(matrix, labels, counts) == pytest.approx(newton(matrix, labels, counts), abs=1e-6)


def newton(matrix: Rows, labels: Rows, counts: Rows) -> Rows:
    rows = np.hstack([np.ones((len(matrix), 1)), matrix])
    ridge = np.diag([1e-6] + [RIDGE] * matrix.shape[1])
    weights = np.zeros(rows.shape[1])
    for _ in range(50):
        chances = 1.0 / (1.0 + np.exp(-rows @ weights))
        curve = (rows * (counts * chances * (1.0 - chances))[:, None]).T @ rows + ridge
        weights += np.linalg.solve(curve, rows.T @ (counts * (labels - chances)) - ridge @ weights)
    return weights


def test_the_packaged_weights_are_as_they_were():
    packaged = packaged_calibration()
    assert [(item.signal, item.weight) for item in packaged.weights] == [
        ("cosine", 0.52394),
        ("weakest", 0.39826),
        ("gap", 0.47585),
        ("focus", 0.45675),
    ]
    assert packaged.probability({}) == pytest.approx(1 / (1 + np.exp(-1.46244)))
    assert (packaged.sufficient, packaged.best_match) == (0.76126, 0.40879)


def test_too_few_of_a_kind_are_refused():
    with pytest.raises(UsageError, match=r"\b9\b"):
        fit_calibration(
            [row for row in rows() if row.answerable] + [row for row in rows() if not row.answerable][:9], "m"
        )


def test_it_survives_the_file(tmp_path: Path):
    fitted = fit_calibration(rows(), "m", ("good", "noise"))
    save_fit(fitted, tmp_path / "c.json")
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
    shipped = packaged_calibration()
    assert shipped.model == open_encoder("").card.hash
    assert tuple(item.signal for item in shipped.weights) == COUNTED
    assert 0.0 < shipped.best_match < shipped.sufficient < 1.0
