import json
from dataclasses import replace
from pathlib import Path

import pytest

from eval.rating.fitted import read_fitted, save_fitted, sentences, shipped_rater
from eval.rating.signals import COUNTED
from hone.errors import HoneError


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
    assert all("κ 0." in line and "fitted on other sets alone" in line for line in said)


def test_better_signals_never_give_a_lower_grade() -> None:
    model = shipped_rater().model
    poor, rich = ({str(name): value for name in COUNTED} for value in (0.0, 30.0))
    assert model.grade(poor) == 0
    assert model.grade(rich) == 3


def test_it_is_read_as_it_was_saved(tmp_path: Path) -> None:
    save_fitted(shipped_rater(), tmp_path / "rater.json")
    assert read_fitted(tmp_path / "rater.json") == shipped_rater()


def test_another_version_is_refused(tmp_path: Path) -> None:
    save_fitted(replace(shipped_rater(), version=99), tmp_path / "rater.json")
    with pytest.raises(HoneError, match="version 99"):
        read_fitted(tmp_path / "rater.json")


def test_a_field_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    save_fitted(shipped_rater(), tmp_path / "rater.json")
    changed = json.loads((tmp_path / "rater.json").read_text(encoding="utf-8")) | {"surprise": 1}
    (tmp_path / "rater.json").write_text(json.dumps(changed), encoding="utf-8")
    with pytest.raises(HoneError, match="can't be used"):
        read_fitted(tmp_path / "rater.json")
