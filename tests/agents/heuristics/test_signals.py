import pytest

from agents.heuristics.scoring import Encode
from agents.heuristics.signals import SIGNALS, measure_signals, unmet_terms
from agents.records import Plan, Reason, Retrieved, SubQuestion
from eval.calibration.fit import COUNTED
from hone.records import Asker, Filters, SearchResult
from retriever.encoding.hashing import HashEncoder
from retriever.ranking.fusion import Background
from tests.evidence import make_evidence

GROUND = Background(mean=0.1, deviation=0.1)
EVIDENCE = make_evidence("The leash lasts ten hours.", "Lunch is at noon.")
ENCODE = HashEncoder().encode_passages


def result(dense: list[tuple[str, float]], bm25: list[tuple[str, float]]) -> SearchResult:
    return SearchResult(
        search_id="1",
        query="",
        asker=Asker(),
        filters=Filters(),
        model="m",
        generation="g",
        took_ms={},
        hits=(),
        stages={"dense": tuple(dense), "bm25": tuple(bm25), "fused": tuple(dense)},
    )


GOOD = result([("a", 0.6), ("b", 0.2)], [("b", 9.0), ("a", 6.0)])
POOR = result([("c", 0.2), ("d", 0.2)], [])


def measure(*asked: tuple[SubQuestion, SearchResult | None], encode: Encode | None = None) -> dict[str, float]:
    plan = Plan(intent="question", standalone="leash", questions=tuple(question for question, _ in asked))
    retrieved = [Retrieved(question=question, result=found) for question, found in asked]
    return dict(measure_signals(plan, retrieved, EVIDENCE, GROUND, encode))


def question(name: str, text: str = "how long does the leash last", reason: Reason = "asked") -> SubQuestion:
    return SubQuestion(id=name, text=text, reason=reason)


def test_signals_of_one_search():
    signals = measure((question("q1"), GOOD))
    assert set(signals) == set(SIGNALS)
    assert signals["dense"] == pytest.approx(5.0)
    assert signals["dense_gap"] == pytest.approx(4.0)
    assert signals["bm25"] == 9.0
    assert signals["overlap"] == pytest.approx(0.2)
    assert signals["agreement"] == pytest.approx(0.5)
    assert signals["union_coverage"] == signals["best_coverage"] > 0.5


def test_two_wordings_count_alike_and_parts_stand_apart():
    signals = measure((question("q1"), GOOD), (question("q2"), POOR), (question("q3", reason="part"), POOR))
    assert signals["dense"] == pytest.approx((5.0 + 1.0) / 2)
    assert signals["q3.dense"] == pytest.approx(1.0)
    assert "q2.dense" not in signals


def test_what_failed_or_was_not_asked_says_nothing():
    assert measure((question("q1"), None)) == {}
    plan = Plan(intent="question", standalone="leash", questions=(question("q1"),))
    hop = Retrieved(question=question("q9", reason="hop"), result=GOOD)
    assert measure_signals(plan, [hop], EVIDENCE, GROUND) == {}


def test_with_an_encoder_the_nearest_sentence_counts():
    signals = measure((question("q1", "the leash lasts ten hours"), GOOD), encode=ENCODE)
    assert signals["sentence"] == pytest.approx(1.0, abs=0.01)
    assert set(COUNTED) <= set(signals)


def test_names_and_numbers_that_no_passage_has():
    assert unmet_terms("does the Leash last 12 hours in Halifax", EVIDENCE) == ("halifax", "12")
    assert unmet_terms("does the Leash last ten hours", EVIDENCE) == ()
