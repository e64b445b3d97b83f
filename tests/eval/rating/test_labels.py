from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from eval.rating.judge import JudgedResult, Ungraded
from eval.rating.labels import Walk, begin_walk, marked, resume_walk
from eval.rating.pages import Page, logged_pages
from eval.rating.people import NEEDED, check_against_people, draw, evened, pool_of
from eval.rating.rate import Rating, rate_pages
from eval.rating.store import Keys, RatingStore
from hone.errors import UsageError
from hone.records import Asker
from hone.workspace import Workspace
from tests.eval.rating.making import GradesBy, page


def even(pair: JudgedResult) -> int:
    return len(pair.hit.text) % 4


@pytest.fixture
def rating(workspace: Workspace, store: RatingStore) -> Rating:
    return rate_pages(logged_pages(workspace), GradesBy(of=even), store)


@pytest.fixture
def walk(workspace: Workspace, store: RatingStore, rating: Rating) -> Walk:
    return begin_walk(workspace, store, rating, 8, "admin")


def crowd(store: RatingStore, searches: int = 120) -> tuple[Rating, dict[tuple[str, str], int]]:
    """A judge that is too generous to half of what it sees, and what people would say of everything."""
    chance = np.random.default_rng(5)
    truth: dict[str, int] = {}
    pages: list[Page] = []
    for number in range(searches):
        texts = [f"text {number} {rank}" for rank in range(int(chance.integers(1, 8)))]
        truth |= {text: int(chance.choice(4, p=[0.5, 0.2, 0.2, 0.1])) for text in texts}
        pages.append(page(f"s{number}", f"query {number}", *texts))
    rater = GradesBy(of=lambda pair: min(3, truth[pair.hit.text] + (len(pair.hit.text) % 2)))
    rating = rate_pages(pages, rater, store)
    return rating, {item.keys: truth[item.passage] for item in pool_of(rating)}


def test_the_sample_weighs_results_as_the_score_does(kept: RatingStore) -> None:
    rating, _ = crowd(kept)
    pool = pool_of(rating)
    whole = sum(item.weight for item in pool)
    mean = sum(item.weight * item.grade for item in pool) / whole
    assert mean / 3 * whole == pytest.approx(rating.pwas.mean), "the pool adds up to the score"
    grades = {item.keys: item.grade for item in pool}
    drawn = [
        np.mean([grades[one.keys] for one in draw(pool, 40, seed) for _ in range(one.times)]) for seed in range(50)
    ]
    assert np.mean(drawn) == pytest.approx(mean, abs=0.03)
    assert np.std(drawn) < 0.1, "every grade is there in its share"


def test_every_grade_has_its_share_in_every_sample(kept: RatingStore) -> None:
    pool = pool_of(crowd(kept)[0])
    whole = sum(item.weight for item in pool)
    shares = Counter[int]()
    for item in pool:
        shares[item.grade] += item.weight / whole  # pyright: ignore[reportArgumentType]
    grades = {item.keys: item.grade for item in pool}
    for seed in range(5):
        found = Counter(grades[one.keys] for one in draw(pool, 40, seed) for _ in range(one.times))
        assert all(abs(found[grade] - 40 * share) <= 1.01 for grade, share in shares.items())


def test_evened_grades_have_the_mean_of_all(kept: RatingStore) -> None:
    pool = pool_of(crowd(kept)[0])
    mean = sum(item.weight * item.grade for item in pool) / sum(item.weight for item in pool)
    assert np.mean(evened(pool, 400)) == pytest.approx(mean, abs=0.01)


def test_ungraded_results_are_not_drawn(kept: RatingStore) -> None:
    failing = GradesBy(of=lambda pair: Ungraded(kind="timeout", what="slow") if pair.hit.text == "bad" else 3)
    rating = rate_pages([page("s1", "q", "good", "bad", None)], failing, kept)
    assert [item.passage for item in pool_of(rating)] == ["good"]
    assert sum(item.weight for item in pool_of(rating)) == pytest.approx(rating.pwas.mean)


def test_too_few_labels_say_nothing(kept: RatingStore) -> None:
    rating, truth = crowd(kept)
    for keys in list(truth)[: NEEDED - 1]:
        kept.keep_label(keys, "ana", truth[keys])
    assert not check_against_people(rating, kept).enough


def test_labels_correct_a_generous_judge(kept: RatingStore) -> None:
    rating, truth = crowd(kept)
    by_people = sum(item.weight * truth[item.keys] / 3 for item in pool_of(rating))
    assert rating.pwas.mean > by_people + 0.03
    items = draw(pool_of(rating), 60, seed=3)
    kept.keep_walk("judge", items)
    for item in items:
        kept.keep_label(item.keys, "ana", truth[item.keys])
    found = check_against_people(rating, kept)
    assert found.enough
    assert found.pwas.low <= by_people <= found.pwas.high
    assert abs(found.pwas.mean - by_people) < abs(rating.pwas.mean - by_people)
    assert 0.6 < found.kappa.mean < 0.95


@pytest.mark.slow
def test_nineteen_of_twenty_samples_hold_the_truth(kept: RatingStore) -> None:
    rating, truth = crowd(kept)
    by_people = sum(item.weight * truth[item.keys] / 3 for item in pool_of(rating))
    held = 0
    for seed in range(20):
        items = draw(pool_of(rating), 40, seed)
        kept.keep_walk("judge", items)
        for keys in truth:
            kept.drop_label(keys, "ana")
        for item in items:
            kept.keep_label(item.keys, "ana", truth[item.keys])
        interval = check_against_people(rating, kept).pwas
        held += interval.low <= by_people <= interval.high
    assert held >= 18


def test_a_walk_shows_one_after_another_and_keeps_each_label_at_once(walk: Walk, store: RatingStore) -> None:
    seen: list[Keys] = []
    while (item := walk.item) is not None:
        seen.append(item.keys)
        walk.label(2)
        assert len(store.labels()) == len(seen)
    assert len(set(seen)) == walk.progress.total == walk.progress.labelled
    label = store.labels()[0]
    assert (label.person, label.grade) == ("admin", 2)
    assert label.made.endswith("+00:00")


def test_a_walk_is_taken_up_where_it_was_left(walk: Walk, workspace: Workspace, store: RatingStore) -> None:
    assert walk.item is not None
    first = walk.item.keys
    walk.label(1)
    again = resume_walk(workspace, store, "admin")
    assert again is not None
    assert again.item is not None
    assert walk.item is not None
    assert again.item.keys == walk.item.keys != first
    assert again.progress.labelled == 1


def test_back_shows_the_one_before_with_its_grade_and_changes_it(walk: Walk, store: RatingStore) -> None:
    assert walk.item is not None
    first = walk.item.keys
    walk.label(1)
    walk.back()
    assert walk.item is not None
    assert (walk.item.keys, walk.item.grade) == (first, 1)
    walk.label(3)
    assert [(label.query, label.passage) for label in store.labels()] == [first]
    assert store.labels()[0].grade == 3
    assert walk.item.keys != first


def test_what_is_skipped_comes_again_next_time(walk: Walk, workspace: Workspace, store: RatingStore) -> None:
    first = _shown(walk)
    walk.skip()
    while walk.item is not None:
        assert _shown(walk) != first
        walk.label(0)
    again = resume_walk(workspace, store, "admin")
    assert again is not None
    assert _shown(again) == first


def test_a_finished_walk_is_followed_by_another_draw(
    walk: Walk, workspace: Workspace, store: RatingStore, rating: Rating
) -> None:
    while walk.item is not None:
        walk.label(0)
    assert resume_walk(workspace, store, "admin") is None
    assert begin_walk(workspace, store, rating, 30, "admin").progress.total > walk.progress.total


def test_two_people_share_a_walk(walk: Walk, workspace: Workspace, store: RatingStore) -> None:
    other = resume_walk(workspace, store, "bo")
    assert other is not None
    assert walk.item is not None
    shown = walk.item.keys
    walk.label(1)
    other.skip()
    assert other.item is not None
    assert other.item.keys != shown


def test_a_reader_sees_only_what_they_may_read(workspace: Workspace, store: RatingStore, rating: Rating) -> None:
    begin_walk(workspace, store, rating, 1000, "admin")
    walk = resume_walk(workspace, store, "ana", Asker(name="ana"))
    assert walk is not None
    assert walk.progress.lost > 0
    while walk.item is not None:
        assert walk.item.hit.source == "wiki"
        walk.label(0)


def test_a_forgotten_search_is_not_shown(workspace: Workspace, store: RatingStore, rating: Rating) -> None:
    begin_walk(workspace, store, rating, 1000, "admin")
    workspace.log.forget("ana")
    walk = resume_walk(workspace, store, "admin")
    assert walk is not None
    assert walk.progress.lost > 0
    while walk.item is not None:
        assert "vpn" not in walk.item.query
        walk.skip()


def test_a_text_that_changed_is_not_shown_under_the_old_sample(
    workspace: Workspace, store: RatingStore, rating: Rating
) -> None:
    drawn = draw(pool_of(rating), 5, 1)
    store.keep_walk("judge", [replace(one, keys=(one.keys[0], "another text")) for one in drawn])
    assert resume_walk(workspace, store, "admin") is None


def test_a_grade_off_the_scale_is_refused(walk: Walk, store: RatingStore) -> None:
    with pytest.raises(UsageError, match=r"\b4\b"):
        walk.label(4)
    assert store.labels() == []


def test_nothing_graded_is_said_so(workspace: Workspace, store: RatingStore) -> None:
    with pytest.raises(UsageError, match="no graded result"):
        begin_walk(workspace, store, rate_pages([], GradesBy(of=even), store), 30, "admin")


def test_the_questions_words_are_marked_as_the_search_reads_them() -> None:
    text = "The passwords of the VPN change; VPN-tokens don't."
    found = [text[span.start : span.end] for span in marked("how is the vpn password changed", text)]
    assert found == ["passwords", "VPN", "change", "VPN-tokens"]


def _shown(walk: Walk) -> Keys:
    assert walk.item is not None
    return walk.item.keys
