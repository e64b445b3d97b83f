"""How many questions one stands for, by the place that its answer was found at."""

import pytest

from hone.log.rows import LoggedSearch
from tests.training.office import Office
from training.evidence.examination import DEFAULT, PLACES, ExaminationCurve


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
