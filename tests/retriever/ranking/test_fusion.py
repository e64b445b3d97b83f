import numpy as np
import pytest

from hone.records import EVERYONE, FusionWeights
from retriever.ranking.background import Background
from retriever.ranking.fusion import WEIGHTS, Weighing, combine, fuse, weights_of
from retriever.ranking.leg import Query
from retriever.storing.store import LegHit, LegHits, PointFilter

# With these a cosine that stands out counts the square of its hundredths, and BM25 counts as it is.
ROUND = Background(mean=0.0, deviation=0.01)
EVEN = FusionWeights(legs={"bm25": 1.0}, power=2.0)
NOTHING: LegHits = {}


def leg(**scores: float) -> tuple[LegHit, ...]:
    return tuple(LegHit(id=name, score=score) for name, score in scores.items())


def order(hits: LegHits, cross: LegHits = NOTHING, background: Background = ROUND) -> list[str]:
    return [hit.id for hit in fuse(hits, cross, Weighing(weights=EVEN, background=background))]


def test_scores_add_up():
    hits: LegHits = {"dense": leg(a=0.5, b=0.4), "bm25": leg(b=1000.0, a=50.0)}
    fused = fuse(hits, NOTHING, Weighing(weights=EVEN, background=ROUND))
    assert [hit.id for hit in fused] == ["b", "a"]
    assert [hit.score for hit in fused] == pytest.approx([2600.0, 2550.0])


def test_a_cosine_that_stands_out_outweighs_words():
    close, far = leg(right=0.9, wrong=0.7), leg(right=0.4, wrong=0.2)
    words = leg(wrong=2000.0)
    assert order({"dense": close, "bm25": words}) == ["right", "wrong"]
    assert order({"dense": far, "bm25": words}) == ["wrong", "right"]


def test_among_passages_that_are_all_alike_words_decide():
    hits = {"dense": leg(near=0.7, worded=0.6), "bm25": leg(worded=6.0)}
    assert order(hits, background=Background(mean=0.0, deviation=0.1)) == ["near", "worded"]
    assert order(hits, background=Background(mean=0.3, deviation=0.2)) == ["worded", "near"]


def test_an_encoder_with_another_scale_gives_the_same_order():
    hits = {"dense": leg(a=0.9, b=0.5, c=0.2), "bm25": leg(c=6000.0, b=2500.0, a=100.0)}
    squeezed = {"dense": leg(a=0.98, b=0.90, c=0.84), "bm25": hits["bm25"]}
    moved = Background(mean=0.8, deviation=0.002)
    assert order(squeezed, background=moved) == order(hits)
    assert order(squeezed) != order(hits)


def test_scores_asked_for_later_count():
    hits = {"dense": leg(a=0.5, b=0.3), "bm25": leg(c=1000.0)}
    assert order(hits) == ["a", "c", "b"]
    assert order(hits, {"dense": leg(c=0.45)}) == ["c", "a", "b"]
    assert order(hits, {"bm25": leg(b=4000.0)}) == ["b", "a", "c"]


def test_cross_scores_bring_in_no_passage():
    assert order({"dense": leg(a=0.5)}, {"bm25": leg(stranger=99.0)}) == ["a"]


def test_a_cosine_below_the_background_still_counts_a_little():
    hits = {"dense": leg(nearer=-0.001, farther=-0.02), "bm25": leg(farther=0.5, nearer=0.0)}
    assert order(hits) == ["nearer", "farther"]


def asked(*words: str) -> Query:
    return Query(text="", vector=None, words=" ".join(words), filter=PointFilter(groups=frozenset({EVERYONE})))


def test_words_are_worth_less_each_in_a_long_question():
    weighing = Weighing(weights=EVEN, background=ROUND)
    short, usual, long = (weighing.in_question(asked(*"w" * count)).weights for count in (1, 9, 144))
    assert [weights.legs["bm25"] for weights in (short, usual, long)] == pytest.approx([3.0**0.5, 1.0, 0.5])
    assert (usual.legs["dense"], usual.power) == (1.0, EVEN.power)


def test_a_question_without_words_can_be_weighed():
    assert Weighing().in_question(asked()).weights.legs["bm25"] > 0


@pytest.mark.parametrize("hits", [{"dense": leg(a=0.9, b=0.8, d=-0.1, c=-0.2)}, {"bm25": leg(a=3, b=2, c=1)}])
def test_one_leg_alone_keeps_its_order(hits: LegHits):
    assert order(hits) == [hit.id for hit in (*hits.get("dense", ()), *hits.get("bm25", ()))]


def test_nothing_found_fuses_to_nothing():
    assert order(NOTHING) == []


def test_ties_go_by_id_whatever_the_order_of_the_legs():
    assert order({"dense": leg(b=0.5, a=0.5)}) == order({"dense": leg(a=0.5, b=0.5)}) == ["a", "b"]


def test_a_unit_of_bm25_is_worth_what_the_weights_say():
    hits = {"dense": leg(a=0.5), "bm25": leg(a=4.0)}
    light, heavy = (
        fuse(hits, NOTHING, Weighing(weights=FusionWeights(legs={"bm25": worth}, power=2.0), background=ROUND))[0]
        for worth in (0.5, 2.0)
    )
    assert heavy.score - light.score == pytest.approx(1.5 * 4.0)


def test_one_formula_weighs_one_passage_and_a_table_of_them():
    table = {"dense": np.array([[0.5, -0.2], [0.2, 0.3]]), "bm25": np.array([[0.0, 400.0], [100.0, 0.0]])}
    weighing = Weighing(weights=EVEN, background=ROUND)
    assert combine(table, weighing) == pytest.approx(np.array([[2500.0, 400.0], [500.0, 900.0]]))
    hits = {name: leg(a=scores[0, 0], b=scores[0, 1]) for name, scores in table.items()}
    assert [hit.score for hit in fuse(hits, NOTHING, weighing)] == pytest.approx([2500.0, 400.0])


def test_a_leg_that_weights_do_not_name_has_its_own():
    hits: LegHits = {"dense": leg(a=0.5), "bm25": leg(a=4.0)}
    unnamed = Weighing(weights=FusionWeights(legs={}, power=WEIGHTS.power), background=ROUND)
    assert fuse(hits, NOTHING, unnamed) == fuse(hits, NOTHING, Weighing(background=ROUND))


def test_weights_are_kept_flat_and_the_packaged_ones_stand_in():
    assert EVEN.stored() == {"bm25": 1.0, "power": 2.0}
    assert FusionWeights.read({"bm25": 1.0, "power": 2.0}) == EVEN
    assert (weights_of(None), weights_of(EVEN)) == (WEIGHTS, EVEN)
