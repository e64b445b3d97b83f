from collections.abc import Callable, Sequence
from typing import Any

import pytest

from agents.llm.client import Llm
from eval.llm_batch import Pace
from eval.rating.comparing import Choice, Faceoff, HeardChoice, Lists, compare_blind, faceoffs
from eval.rating.judge import JudgeIdentity, Ungraded
from eval.rating.judges import LlmChooser, RaterChooser
from eval.rating.pages import logged_pages
from eval.rating.store import RatingStore
from hone.errors import UsageError
from hone.records import Asker
from retriever.searching.searcher import Searcher
from tests.eval.rating.making import GradesBy, hit
from tests.llm_server import Call, LlmServer, answers, fails

MakeLlm = Callable[..., Llm]
QUICK = Pace(at_once=2, pauses=(0.01,))


def face(query: str, a: str, b: str) -> Faceoff:
    return Faceoff(id=f"id of {query}", query=query, asker=Asker(), a=(hit(a),), b=(hit(b),))


class Says:
    """A chooser that follows a function."""

    def __init__(self, of: Callable[[Lists], Choice | Ungraded]) -> None:
        self.of, self.seen = of, list[Lists]()

    @property
    def identity(self) -> JudgeIdentity:
        return JudgeIdentity(kind="llm", model="says", version="1")

    def choose(self, lists: Sequence[Lists], heard: HeardChoice) -> None:
        for item in lists:
            self.seen.append(item)
            heard(item, self.of(item))


def longer(item: Lists) -> Choice:
    first, second = len(item.first[0].text), len(item.second[0].text)
    return "tie" if first == second else "first" if first > second else "second"


def test_whoever_is_better_in_both_orders_wins(kept: RatingStore) -> None:
    found = compare_blind([face("q1", "short", "much longer"), face("q2", "much longer", "short")], Says(longer), kept)
    assert [verdict.winner for verdict in found.verdicts] == ["b", "a"]
    assert found.flip_rate == 0.0
    assert found.gain.mean == 0.0


def test_each_order_is_asked_once(kept: RatingStore) -> None:
    chooser = Says(longer)
    compare_blind([face("q1", "one", "three"), face("q2", "two", "four")], chooser, kept)
    seen = sorted((item.query, item.first[0].text, item.second[0].text) for item in chooser.seen)
    assert seen == [("q1", "one", "three"), ("q1", "three", "one"), ("q2", "four", "two"), ("q2", "two", "four")]


def test_a_judge_that_always_takes_the_first_has_all_ties_and_is_found_out(kept: RatingStore) -> None:
    found = compare_blind([face(f"q{number}", "x", "y") for number in range(5)], Says(lambda _: "first"), kept)
    assert found.count("tie") == 5
    assert found.flip_rate == 1.0


def test_a_tie_in_one_order_is_a_tie_without_a_flip(kept: RatingStore) -> None:
    found = compare_blind(
        [face("q", "x", "y")], Says(lambda item: "tie" if item.first[0].text == "x" else "first"), kept
    )
    assert (found.count("tie"), found.flip_rate) == (1, 0.0)


def test_the_same_lists_are_a_tie_and_nobody_is_asked(kept: RatingStore) -> None:
    chooser = Says(longer)
    found = compare_blind([face("q", "x", "x")], chooser, kept)
    assert chooser.seen == []
    assert (found.count("tie"), found.same) == (1, 1)


def test_an_interrupted_comparison_asks_only_for_the_rest(kept: RatingStore) -> None:
    faces = [face(f"q{number}", "x", "longer") for number in range(4)]
    first = Says(longer)

    def until_the_sixth(item: Lists) -> Choice:
        if len(first.seen) == 6:
            raise KeyboardInterrupt
        return longer(item)

    first.of = until_the_sixth
    with pytest.raises(KeyboardInterrupt):
        compare_blind(faces, first, kept)
    rest = Says(longer)
    found = compare_blind(faces, rest, kept)
    assert len(rest.seen) == 3
    assert (found.asked, found.cached, found.count("b")) == (3, 5, 4)
    assert {item.key for item in rest.seen}.isdisjoint(item.key for item in first.seen[:5])


def test_what_has_no_answer_is_asked_again_and_another_text_is_another_question(kept: RatingStore) -> None:
    lost = Ungraded(kind="timeout", what="slow")
    compare_blind([face("q", "x", "longer")], Says(lambda _: lost), kept)
    assert compare_blind([face("q", "x", "longer")], Says(longer), kept).asked == 2
    assert compare_blind([face("q", "x", "longer")], Says(longer), kept).asked == 0
    assert compare_blind([face("q", "x", "changed")], Says(longer), kept).asked == 2
    assert compare_blind([face("other", "x", "longer")], Says(longer), kept).asked == 2


def test_an_order_without_an_answer_has_no_winner_and_is_counted(kept: RatingStore) -> None:
    lost = Ungraded(kind="timeout", what="slow")
    found = compare_blind(
        [face("q1", "x", "longer"), face("q2", "yyy", "long")],
        Says(lambda item: lost if item.first[0].text == "x" else longer(item)),
        kept,
    )
    assert [verdict.winner for verdict in found.verdicts] == [None, "b"]
    assert found.verdicts[0].why == "timeout: slow"
    assert found.gain.mean == 1.0


def test_a_rater_prefers_the_higher_score(kept: RatingStore) -> None:
    rater = GradesBy(of=lambda pair: len(pair.hit.text) % 4)
    found = compare_blind([face("q1", "x", "yyy"), face("q2", "yy", "zz")], RaterChooser(rater), kept)
    assert [verdict.winner for verdict in found.verdicts] == ["b", "tie"]
    assert found.flip_rate == 0.0


def test_a_rater_that_could_not_grade_is_no_vote(kept: RatingStore) -> None:
    rater = GradesBy(of=lambda pair: Ungraded(kind="timeout", what="slow"))
    assert compare_blind([face("q1", "x", "yyy")], RaterChooser(rater), kept).count(None) == 1


def test_an_llm_reads_both_lists_without_names(llm_server: LlmServer, make_llm: MakeLlm, kept: RatingStore) -> None:
    def by_text(call: Call) -> dict[str, Any]:
        first = call.prompt.split("List A:")[1].split("List B:")[0]
        return {"better": "A" if "45 days" in first else "B"}

    llm_server.always(answers(by_text))
    found = compare_blind([face("how often", "No idea.", "Every 45 days.")], LlmChooser(make_llm(), QUICK), kept)
    assert [verdict.winner for verdict in found.verdicts] == ["b"]
    assert len(llm_server.calls) == 2
    assert not any("live" in call.prompt or "dense" in call.prompt for call in llm_server.calls)


def test_an_llm_that_likes_what_comes_first_is_found_out(
    llm_server: LlmServer, make_llm: MakeLlm, kept: RatingStore
) -> None:
    llm_server.always(answers({"better": "A"}))
    found = compare_blind([face("q", "x", "y")], LlmChooser(make_llm(), QUICK), kept)
    assert (found.count("tie"), found.flip_rate) == (1, 1.0)


def test_an_llm_that_fails_is_counted(llm_server: LlmServer, make_llm: MakeLlm, kept: RatingStore) -> None:
    llm_server.always(fails(500))
    found = compare_blind([face("q", "x", "y")], LlmChooser(make_llm(), QUICK), kept)
    assert found.count(None) == 1
    assert found.verdicts[0].why.startswith("server_error")


def test_long_passages_leave_room_for_all(llm_server: LlmServer, make_llm: MakeLlm, kept: RatingStore) -> None:
    llm_server.always(answers({"better": "tie"}))
    lists = [tuple(hit(f"{name}{number} " + "word " * 3000, rank=number) for number in range(1, 6)) for name in "ab"]
    faced = Faceoff(id="q", query="q", asker=Asker(), a=lists[0], b=lists[1])
    compare_blind([faced], LlmChooser(make_llm(context_tokens=8192), QUICK), kept)
    said = llm_server.calls[0].prompt
    assert all(f"{name}{number} " in said for name in "ab" for number in range(1, 6))
    assert len(said) < 8192 * 4


def test_the_live_search_is_set_against_one_leg(searcher: Searcher) -> None:
    pages = logged_pages(searcher.workspace)
    found = list(faceoffs(searcher, pages, "bm25", 5))
    assert len(found) == len(pages)
    assert all(face.a for face in found)
    assert any([one.passage for one in face.a] != [one.passage for one in face.b] for face in found)


def test_the_live_generation_against_itself_shows_the_same(searcher: Searcher) -> None:
    live = searcher.workspace.registry.live()
    assert live is not None
    searcher.close()  # the engine lets one hold a generation's folder; rivals open views of their own
    for found in faceoffs(searcher, logged_pages(searcher.workspace), live.id, 5):
        assert [one.passage for one in found.a] == [one.passage for one in found.b]


def test_a_rival_never_shows_what_the_asker_may_not_read(searcher: Searcher) -> None:
    for found in faceoffs(searcher, logged_pages(searcher.workspace), "dense", 10):
        if "hr" not in found.asker.groups:
            assert {one.source for one in (*found.a, *found.b)} <= {"wiki"}


def test_an_unknown_rival_is_named_with_those_there_are(searcher: Searcher) -> None:
    with pytest.raises(UsageError, match="'nothing'"):
        list(faceoffs(searcher, logged_pages(searcher.workspace), "nothing", 5))
