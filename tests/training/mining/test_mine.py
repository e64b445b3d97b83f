from collections import Counter
from pathlib import Path

import pytest

from hone.records import EVERYONE
from tests.training.mining.planted import QUESTION, Planted, Scores, id_of, pair, with_margin
from training.mining.records import MiningRules
from training.mining.sieve import bound_of

ONE_A_LEG = with_margin(negatives=4, depth=1)


@pytest.fixture
def planted(tmp_path: Path) -> Planted:
    found = Planted(folder=tmp_path)
    found.lay("answer", 0.9)
    return found


def test_every_leg_has_its_turn(planted: Planted) -> None:
    for place in range(8):
        planted.lay(f"meant-{place}", 0.8 - place / 50)
        # The more other words, the less BM25 gives.
        planted.lay(f"worded-{place}", -0.1, "The falcon is washed." + " Soap and water." * place)
    mined = planted.mine([pair("answer")], rules=with_margin(negatives=6, depth=8))
    assert planted.named(mined) == ["meant-0", "meant-1", "worded-0", "meant-2", "meant-3", "worded-1"]
    assert mined.report.origins == {"fused": 2, "dense": 2, "bm25": 2}


def test_a_margin_below_a_positive_and_below_a_negative_cosine() -> None:
    assert bound_of(0.8, 0.05) == pytest.approx(0.76)
    assert bound_of(-0.4, 0.05) == pytest.approx(-0.42)
    assert bound_of(0.0, 0.05) == 0.0


def test_where_even_the_positive_points_away_negatives_point_further_away(tmp_path: Path) -> None:
    planted = Planted(folder=tmp_path)
    planted.lay("answer", -0.4)
    for name, cosine in (("near", 0.7), ("beside", -0.41), ("below", -0.43), ("far", -0.6)):
        planted.lay(name, cosine)
    mined = planted.mine([pair("answer")], rules=with_margin(negatives=4))
    assert planted.named(mined) == ["below", "far"]
    assert mined.report.excluded == {"positive": 1, "margin": 2}
    assert (mined.report.full, mined.report.short) == (0, 1)


def test_without_a_margin_a_negative_stays_below_its_positive_all_the_same(planted: Planted) -> None:
    for name, cosine in (("above", 0.92), ("just-below", 0.89), ("low", 0.3)):
        planted.lay(name, cosine)
    mined = planted.mine([pair("answer")], rules=MiningRules(negatives=2))
    assert planted.named(mined) == ["just-below", "low"]
    assert mined.report.excluded == {"positive": 1, "margin": 1}


def test_each_pair_has_the_margin_of_its_own_positive(planted: Planted) -> None:
    planted.lay("other", 0.5)
    for name, cosine in (("high", 0.7), ("low", 0.3), ("lower", 0.2)):
        planted.lay(name, cosine)
    mined = planted.mine([pair("answer"), pair("other")])
    assert planted.named(mined, 0) == ["high", "low"]
    assert planted.named(mined, 1) == ["low", "lower"]
    assert (mined.report.pairs, mined.report.questions) == (2, 1)


def test_a_positive_that_the_library_lacks_is_encoded_for_its_margin(planted: Planted) -> None:
    planted.also["Falcons are bathed."] = planted.vectors[0]  # .9, as the library's answer
    for name, cosine in (("above", 0.88), ("below", 0.8), ("low", 0.3)):
        planted.lay(name, cosine)
    mined = planted.mine([pair("brought", text="Falcons are bathed.")])
    assert planted.named(mined) == ["below", "low"]
    assert mined.report.excluded == {"margin": 1, "duplicate": 1}


def test_a_list_that_is_too_near_is_gone_down(planted: Planted) -> None:
    for name, cosine in (("too-near", 0.95), ("first", 0.8), ("second", 0.7), ("third", 0.6)):
        planted.lay(name, cosine)
    mined = planted.mine([pair("answer")], rules=with_margin(negatives=2, depth=2))
    assert planted.named(mined) == ["first", "second"]
    assert mined.report.origins == {"deeper": 2}


def test_what_the_lists_lack_is_drawn_at_random_by_the_seed(planted: Planted) -> None:
    for place in range(30):
        planted.lay(f"far-{place}", 0.6 - place / 100)
    drawn = [planted.mine([pair("answer")], rules=ONE_A_LEG, seed=seed) for seed in (7, 7, 8)]
    assert drawn[0] == drawn[1]
    assert drawn[0].negatives != drawn[2].negatives
    assert [planted.named(mined)[0] for mined in drawn] == ["far-0"] * 3  # the one below the list, found by no chance
    assert drawn[0].report.origins == {"deeper": 1, "random": 3}
    assert all(len(set(mined.negatives[0])) == 4 for mined in drawn)


def test_random_passages_keep_all_rules(planted: Planted) -> None:
    planted.lay("too-near", 0.89)
    planted.lay("liked", 0.5)
    planted.lay("last", 0.1)
    mined = planted.mine([pair("answer"), pair("liked")], rules=with_margin(negatives=9, depth=1))
    assert planted.named(mined, 0) == ["last"]
    assert planted.named(mined, 1) == ["last"]


def test_a_pair_gets_the_same_whatever_stands_beside_it(planted: Planted) -> None:
    for place in range(30):
        planted.lay(f"far-{place}", 0.6 - place / 100)
    pairs = [pair("answer"), pair("far-3", "who feeds it"), pair("far-9", "what is its name")]
    one, other = (planted.mine(given, rules=ONE_A_LEG) for given in (pairs, pairs[::-1]))
    assert one.negatives == other.negatives[::-1]
    assert one.report == other.report


def test_what_may_not_be_read_is_never_taken(planted: Planted) -> None:
    planted.lay("closed", 0.8, "The falcon is washed.", groups=frozenset({"keepers"}))
    planted.unread = {"closed"}
    planted.lay("open", 0.5)
    for groups in (frozenset({EVERYONE}), frozenset({EVERYONE, "keepers"})):
        mined = planted.mine([pair("answer")], groups=groups)
        assert planted.named(mined) == ["open"]


def test_nothing_to_mine_is_no_trouble(planted: Planted) -> None:
    assert planted.mine([]).negatives == ()
    assert planted.mine([pair("answer")]).negatives == ((),)
    planted.unread = {"answer"}
    assert planted.mine([pair("answer")]).negatives == ((),)


class TestConfirming:
    """Only what somebody else finds clearly worse than the positive."""

    @pytest.fixture
    def scores(self, planted: Planted) -> Scores:
        for name, cosine in (("first", 0.8), ("second", 0.7), ("third", 0.6)):
            planted.lay(name, cosine)
        return Scores({planted.texts[0]: 0.9})

    def test_what_is_passed_over_becomes_a_negative_once_confirmed(self, planted: Planted, scores: Scores) -> None:
        shown = {QUESTION: frozenset({id_of("first")})}
        assert planted.named(planted.mine([pair("answer")], shown=shown)) == ["second", "third"]
        mined = planted.mine([pair("answer")], shown=shown, confirm=scores)
        assert planted.named(mined) == ["first", "second"]

    def test_what_no_leg_finds_any_more_is_a_candidate_where_people_saw_it(
        self, planted: Planted, scores: Scores
    ) -> None:
        mined = planted.mine(
            [pair("answer")],
            shown={QUESTION: frozenset({id_of("third")})},
            confirm=scores,
            rules=with_margin(negatives=1, depth=1, tries=1),
        )
        assert planted.named(mined) == ["third"]
        assert mined.report.origins == {"shown": 1}

    @pytest.mark.parametrize("score", [0.6, None])
    def test_what_may_be_an_answer_makes_room_for_the_next(
        self, planted: Planted, scores: Scores, score: float | None
    ) -> None:
        scores.known = {**scores.known, planted.texts[1]: score}
        mined = planted.mine([pair("answer")], confirm=scores)
        assert planted.named(mined) == ["second", "third"]
        assert mined.report.excluded["unconfirmed"] == 1

    def test_nothing_is_confirmed_beside_a_positive_that_is_none(self, planted: Planted, scores: Scores) -> None:
        scores.known = {planted.texts[0]: 0.2} | dict.fromkeys(planted.texts[1:], 0.3)
        mined = planted.mine([pair("answer")], confirm=scores, rules=with_margin(negatives=2, tries=1))
        assert mined.report.excluded["unconfirmed"] == 2
        assert planted.named(mined) == ["third"]  # by chance; what was refused is not drawn again
        assert mined.report.origins == {"random": 1}

    def test_chance_does_not_give_what_was_passed_over_and_nobody_confirmed(
        self, planted: Planted, scores: Scores
    ) -> None:
        scores.known = {**scores.known, planted.texts[1]: 0.6}
        for seed in range(6):
            mined = planted.mine(
                [pair("answer")],
                shown={QUESTION: frozenset({id_of("third")})},
                confirm=scores,
                rules=with_margin(negatives=1, tries=1),
                seed=seed,
            )
            assert planted.named(mined) == ["second"]

    def test_what_was_looked_at_for_a_pair_that_stays_short_is_counted(self, planted: Planted, scores: Scores) -> None:
        scores.known = {**scores.known, planted.texts[2]: 0.6, planted.texts[3]: 0.6}
        mined = planted.mine([pair("answer")], confirm=scores)
        assert planted.named(mined)[0] == "first"
        assert mined.report.excluded["unconfirmed"] == 2

    def test_nothing_is_asked_twice_or_for_nothing(self, planted: Planted, scores: Scores) -> None:
        planted.mine([pair("answer"), pair("answer")], confirm=scores)
        assert Counter(scores.asked) == Counter((QUESTION, text) for text in planted.texts[:3])
