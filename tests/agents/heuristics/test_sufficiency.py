import pytest

from agents.calibration import AnswerCalibration
from agents.fitted import SignalWeight
from agents.heuristics.sufficiency import judge
from agents.records import Conflict, Plan, SubQuestion, Verdict

# The probability is 0.5 at dense 2, 0.73 at 3, 0.27 at 1.
CALIBRATION = AnswerCalibration(
    version=2,
    model="m",
    weights=(SignalWeight(signal="dense", mean=2.0, spread=1.0, weight=1.0),),
    bias=0.0,
    sufficient=0.7,
    best_match=0.4,
    risk=0.1,
    questions=100,
)
FIRST, SECOND = "when does it open", "who has the key"
PARTS = (
    SubQuestion(id="q1", text=f"{FIRST} and {SECOND}"),
    SubQuestion(id="q2", text=FIRST, reason="part"),
    SubQuestion(id="q3", text=SECOND, reason="part"),
)
PLAN = Plan(intent="question", standalone=PARTS[0].text, questions=PARTS[:1])
IN_PARTS = Plan(intent="question", standalone=PARTS[0].text, questions=PARTS)


@pytest.mark.parametrize(("dense", "expected"), [(3.5, "sufficient"), (2.2, "best_match"), (0.5, "insufficient")])
def test_the_verdict_follows_the_probability(dense: float, expected: Verdict):
    found = judge({"dense": dense}, CALIBRATION, PLAN)
    assert found.verdict == expected
    assert found.probability == pytest.approx(1 / (1 + 2.718281828 ** (2 - dense)), abs=1e-6)


def test_a_part_that_nothing_answers_is_named():
    found = judge({"dense": 3.0, "q2.dense": 4.0, "q3.dense": 0.0}, CALIBRATION, IN_PARTS)
    assert (found.verdict, found.missing) == ("partial", (SECOND,))


def test_names_that_no_passage_has_are_missing_only_where_something_is():
    assert judge({"dense": 0.0}, CALIBRATION, PLAN, unmet=["halifax"]).missing == (PLAN.standalone, "halifax")
    assert judge({"dense": 9.0}, CALIBRATION, PLAN, unmet=["halifax"]).missing == ()


def test_a_conflict_is_told_where_there_is_an_answer():
    conflict = Conflict(older=1, newer=2, about="a")
    assert judge({"dense": 3.0}, CALIBRATION, PLAN, [conflict]).verdict == "conflicting"
    assert judge({"dense": 0.0}, CALIBRATION, PLAN, [conflict]).verdict == "insufficient"


def test_what_was_not_searched_for():
    assert judge({}, CALIBRATION, PLAN).verdict == "insufficient"
    outside = Plan(intent="out_of_scope", standalone="a joke", questions=())
    assert judge({}, CALIBRATION, outside).verdict == "out_of_scope"
