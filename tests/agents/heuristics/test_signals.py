import pytest

from agents.heuristics.signals import ALONE, SIGNALS, measure_signals, unmet_terms
from agents.records import Plan, Reason, SubQuestion
from eval.calibration.fit import COUNTED
from retriever.encoding.hashing import HashEncoder
from tests.evidence import make_evidence

EVIDENCE = make_evidence("Lunch is at noon in the canteen.", "The leash lasts ten hours. It ends then.")
READ = HashEncoder().encode_tokens


def question(name: str, text: str, reason: Reason = "asked") -> SubQuestion:
    return SubQuestion(id=name, text=text, reason=reason)


def plan(text: str, *parts: str) -> Plan:
    made = [question(f"q{place}", part, "part") for place, part in enumerate(parts, 2)]
    return Plan(intent="question", standalone=text, questions=(question("q1", text), *made))


def test_signals_of_one_question():
    measured = measure_signals(plan("what are the hours of the leash"), EVIDENCE, READ)
    assert set(measured.signals) == set(SIGNALS) >= set(COUNTED)
    assert measured.cited[0] == 2
    assert measured.signals["gap"] > 0
    assert measured.signals["unmet"] == 0.0
    other = measure_signals(plan("which wheels does a lorry need"), EVIDENCE, READ)
    assert other.signals["weakest"] < measured.signals["weakest"]
    assert other.signals["unmet"] > measured.signals["unmet"]


def test_a_question_said_twice_as_long_is_judged_alike():
    short = measure_signals(plan("leash hours"), EVIDENCE, READ).signals
    twice = measure_signals(plan("leash hours leash hours"), EVIDENCE, READ).signals
    assert [twice[name] for name in COUNTED] == pytest.approx([short[name] for name in COUNTED], abs=0.02)


def test_parts_stand_apart_and_are_cited_in_turn():
    parts = "what are the hours of the leash", "when is lunch in the canteen"
    measured = measure_signals(plan(" and ".join(parts), *parts), EVIDENCE, READ)
    assert measured.cited == (2, 1)
    assert measured.signals["q2.unmet"] == measured.signals["q3.unmet"] == 0.0


def test_one_document_alone_and_none():
    assert measure_signals(plan("lunch"), EVIDENCE[:1], READ).signals["gap"] == ALONE
    assert measure_signals(plan("lunch"), (), READ).signals == {}


def test_names_and_numbers_that_no_passage_has():
    assert unmet_terms("does the Leash last 12 hours in Halifax", EVIDENCE) == ("Halifax", "12")
    assert unmet_terms("does the Leash last ten hours", EVIDENCE) == ()
