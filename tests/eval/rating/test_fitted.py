import json
from dataclasses import replace
from pathlib import Path

import pytest

from agents.fitted import read_fit, save_fit
from eval.rating.fitted import VERSION, FittedRater, sentences, shipped_rater
from eval.rating.signals import COUNTED


def test_the_packaged_rater_says_where_it_comes_from_and_how_far_it_agrees() -> None:
    fitted = shipped_rater()
    assert {item.name for item in fitted.agreement} == {"covid-qa", "multihop", "mtrag", "sample"}
    assert all(item.low < item.kappa < item.high for item in fitted.agreement)
    assert [item.signal for item in fitted.model.weights] == list(COUNTED)
    assert "0.6 of the answer's words" in fitted.labels
    assert len(fitted.encoder) == 64


def test_its_agreement_is_said_in_a_line_a_set() -> None:
    said = sentences(shipped_rater().agreement)
    assert len(said) == 4
    assert all("κ 0." in line and "PWAS 0." in line for line in said)


def test_better_signals_never_give_a_lower_grade() -> None:
    model = shipped_rater().model
    poor, rich = ({str(name): value for name in COUNTED} for value in (0.0, 30.0))
    assert model.grade(poor) == 0
    assert model.grade(rich) == 3


def read(file: Path) -> FittedRater:
    return read_fit(FittedRater, file.read_text(encoding="utf-8"), VERSION)


def test_it_is_read_as_it_was_saved(tmp_path: Path) -> None:
    save_fit(shipped_rater(), tmp_path / "rater.json")
    assert read(tmp_path / "rater.json") == shipped_rater()


def test_another_version_is_refused(tmp_path: Path) -> None:
    save_fit(replace(shipped_rater(), version=99), tmp_path / "rater.json")
    with pytest.raises(ValueError, match="version 99"):
        read(tmp_path / "rater.json")


@pytest.mark.parametrize("where", [(), ("model",), ("model", "weights", 0), ("agreement", 1)])
def test_a_field_that_nobody_knows_is_refused(tmp_path: Path, where: tuple[str | int, ...]) -> None:
    save_fit(shipped_rater(), tmp_path / "rater.json")
    changed = json.loads((tmp_path / "rater.json").read_text(encoding="utf-8"))
    part = changed
    for step in where:
        part = part[step]
    part["surprise"] = 1
    (tmp_path / "rater.json").write_text(json.dumps(changed), encoding="utf-8")
    with pytest.raises(ValueError, match="surprise"):
        read(tmp_path / "rater.json")
