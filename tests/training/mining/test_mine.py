from pathlib import Path

import pytest

from hone.records import EVERYONE
from tests.training.mining.planted import Planted, pair
from training.mining.records import MiningRules


@pytest.fixture
def planted(tmp_path: Path) -> Planted:
    found = Planted(folder=tmp_path)
    found.lay("answer", 0.9)
    return found


def test_what_the_live_search_ranks_first_is_taken_whichever_leg_found_it(planted: Planted) -> None:
    planted.lay("meant", 0.8)
    planted.lay("worded", 0.0, "The falcon is washed.")
    planted.lay("neither", 0.05)
    mined = planted.mine([pair("answer")], rules=MiningRules(negatives=2))
    assert set(planted.named(mined)) == {"meant", "worded"}


def test_a_negative_is_no_nearer_than_its_positive(planted: Planted) -> None:
    for name, cosine in (("above", 0.92), ("just-below", 0.89), ("low", 0.3)):
        planted.lay(name, cosine)
    mined = planted.mine([pair("answer")])
    assert planted.named(mined) == ["just-below", "low"]
    assert mined.report.excluded == {"answers": 1, "nearer": 1}
    assert mined.report.full == 1


def test_each_pair_is_bounded_by_its_own_positive(planted: Planted) -> None:
    planted.lay("other", 0.5)
    for name, cosine in (("high", 0.7), ("low", 0.3), ("lower", 0.2)):
        planted.lay(name, cosine)
    mined = planted.mine([pair("answer"), pair("other")])
    assert planted.named(mined, 0) == ["high", "low"]
    assert planted.named(mined, 1) == ["low", "lower"]
    assert (mined.report.pairs, mined.report.questions) == (2, 1)


def test_a_positive_that_the_library_lacks_is_encoded_for_its_bound(planted: Planted) -> None:
    planted.also["Falcons are bathed."] = planted.vectors[0]  # .9, as the library's answer
    for name, cosine in (("above", 0.92), ("below", 0.8), ("low", 0.3)):
        planted.lay(name, cosine)
    mined = planted.mine([pair("brought", text="Falcons are bathed.")])
    assert planted.named(mined) == ["below", "low"]
    assert mined.report.excluded == {"near-copy": 1, "nearer": 1}


def test_a_pair_has_fewer_where_the_search_finds_no_more(planted: Planted) -> None:
    planted.lay("only", 0.5)
    mined = planted.mine([pair("answer")], rules=MiningRules(negatives=4))
    assert planted.named(mined) == ["only"]
    assert mined.report.full == 0


def test_a_pair_gets_the_same_whatever_stands_beside_it(planted: Planted) -> None:
    for place in range(30):
        planted.lay(f"far-{place}", 0.6 - place / 100)
    pairs = [pair("answer"), pair("far-3", "who feeds it"), pair("far-9", "what is its name")]
    one, other = (planted.mine(given) for given in (pairs, pairs[::-1]))
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
