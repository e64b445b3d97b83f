import numpy as np
import pytest

from agents.heuristics.abstention import auroc, risks

SCORES = np.array([5.0, 4.0, 3.0, 2.0, 1.0])


def test_auroc_is_the_share_of_pairs_in_order():
    assert auroc(SCORES, np.array([True, True, True, False, False])) == 1.0
    assert auroc(SCORES, np.array([False, True, True, True, False])) == 0.5
    assert auroc(SCORES, np.array([True, False, True, False, True])) == pytest.approx(3 / 6)
    assert auroc(np.ones(5), np.array([True, False, True, False, True])) == 0.5
    assert np.isnan(auroc(SCORES, np.array([True] * 5)))


def test_risk_is_the_share_without_an_answer_among_the_surest():
    found = risks(SCORES, np.array([True, True, False, True, False]))
    assert found == {0.2: 0.0, 0.4: 0.0, 0.6: pytest.approx(1 / 3), 0.8: 0.25, 1.0: 0.4}
