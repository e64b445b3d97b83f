import json
from dataclasses import replace
from pathlib import Path

import pytest

from eval.data.questions import read_questions
from eval.rating.judge import JudgedResult, JudgeIdentity, Ungraded, pwas
from eval.rating.pages import ChosenPages, from_file, from_log, live_pages, logged_pages
from eval.rating.people import check_against_people
from eval.rating.rate import Rating, rate_pages
from eval.rating.report import keep_rating, lines_of, plain
from eval.rating.signals import SignalsRater
from eval.rating.store import RatingStore
from eval.runs import EvalRun
from hone.records import Purpose
from hone.workspace import Workspace
from retriever.searching.searcher import Question, Searcher
from tests.agents.workplace import index
from tests.eval.rating.conftest import QUERIES
from tests.eval.rating.making import GradesBy, chosen, page


def by_length() -> GradesBy:
    return GradesBy(of=lambda pair: min(3, len(pair.hit.text)))


def test_each_pair_is_graded_once_and_counts_where_it_was_shown(kept: RatingStore) -> None:
    rater = by_length()
    pages = [page("s1", "q", "a", "ccc"), page("s2", "q", "ccc", "a"), page("s3", "other", "a")]
    rating = rate_pages(pages, rater, kept, depth=2)
    assert sorted((pair.query, pair.hit.text) for pair in rater.asked) == [("other", "a"), ("q", "a"), ("q", "ccc")]
    assert [found.grades for found in rating.pages] == [(1, 3), (3, 1), (1,)]
    assert rating.pwas.mean == pytest.approx(sum(pwas(g, 2) or 0 for g in ((1, 3), (3, 1), (1,))) / 3)


@pytest.mark.parametrize(("results", "useless"), [(20, True), (19, False)])
def test_a_judge_with_one_grade_for_all_is_called_useless(kept: RatingStore, results: int, useless: bool) -> None:
    pages = [page("s1", "q", *(f"text {number}" for number in range(results)))]
    rating = rate_pages(pages, GradesBy(of=lambda pair: 2), kept, depth=results)
    check = check_against_people(rating, kept)
    assert plain(rating, check, chosen(*pages))["one_grade"] == (2 if useless else None)
    assert any("useless" in line for line in lines_of(rating, check, chosen(*pages))) == useless
    other = rate_pages(pages, GradesBy(of=lambda pair: 2 + (pair.hit.text == "text 3"), name="b"), kept, depth=results)
    assert other.one_grade is None


def test_a_second_rating_asks_nothing(kept: RatingStore) -> None:
    pages = [page("s1", "q", "a", "ccc")]
    first = rate_pages(pages, by_length(), kept)
    again = by_length()
    second = rate_pages(pages, again, kept)
    assert again.asked == []
    assert (first.asked, first.cached, second.asked, second.cached) == (2, 0, 0, 2)
    assert second.pwas == first.pwas


def test_another_judge_or_another_text_is_graded_anew(kept: RatingStore) -> None:
    rate_pages([page("s1", "q", "a")], by_length(), kept)
    other = GradesBy(of=lambda pair: 0, name="another")
    assert rate_pages([page("s1", "q", "a")], other, kept).asked == 1
    assert rate_pages([page("s1", "q", "changed")], by_length(), kept).asked == 1


def test_an_interrupted_rating_goes_on_where_it_was(kept: RatingStore) -> None:
    pages = [page("s1", "q", *(f"text {number}" for number in range(6)))]

    def until_the_fourth(pair: JudgedResult) -> int:
        if pair.hit.text == "text 3":
            raise KeyboardInterrupt
        return 2

    with pytest.raises(KeyboardInterrupt):
        rate_pages(pages, GradesBy(of=until_the_fourth), kept)
    rest = GradesBy(of=lambda pair: 2)
    rating = rate_pages(pages, rest, kept)
    assert [pair.hit.text for pair in rest.asked] == ["text 3", "text 4", "text 5"]
    assert rating.judged_share == 1.0


def test_failures_are_counted_and_asked_again_next_time(kept: RatingStore) -> None:
    pages = [page("s1", "q", "good", "bad", None)]
    failing = GradesBy(of=lambda pair: Ungraded(kind="timeout", what="slow") if pair.hit.text == "bad" else 3)
    rating = rate_pages(pages, failing, kept, depth=3)
    assert rating.ungraded == {"timeout": 1, "gone": 1}
    assert rating.judged_share == pytest.approx(1 / 3)
    assert rating.pwas.mean == pytest.approx(pwas([3, None, None], 3))
    assert rating.bounds.low < rating.pwas.mean <= rating.bounds.high
    assert rate_pages(pages, GradesBy(of=lambda pair: 3), kept, depth=3).asked == 1


def test_a_search_that_showed_nothing_scores_zero_and_one_that_cannot_be_judged_has_no_score(kept: RatingStore) -> None:
    rating = rate_pages([page("s1", "q", "ccc"), page("s2", "none"), page("s3", "lost", None)], by_length(), kept)
    assert [found.score for found in rating.pages] == [pytest.approx(pwas([3])), 0.0, None]
    assert rating.empty == 1
    assert rating.pwas.mean == pytest.approx((pwas([3]) or 0) / 2)


def test_the_worst_questions_stand_once_each(kept: RatingStore) -> None:
    pages = [page("s1", "bad", "a"), page("s2", "bad", "a"), page("s3", "good", "ccc")]
    assert [found.page.query for found in rate_pages(pages, by_length(), kept).worst()] == ["bad", "good"]


def test_the_log_is_graded_as_it_was_shown(searcher: Searcher, store: RatingStore) -> None:
    pages = logged_pages(searcher.workspace)
    assert {found.query for found in pages} == {query for query, _ in QUERIES}
    assert all(found.asker.name == "" for found in pages), "a rating needs no names"
    rating = rate_pages(pages, SignalsRater(searcher), store)
    assert rating.judged_share == 1.0
    assert 0 < rating.pwas.mean < 1
    assert rating.judge.kind == "signals"
    assert any("different encoder" in line for line in rating.agreement)


def test_what_is_right_is_graded_above_what_is_not(searcher: Searcher, store: RatingStore) -> None:
    rating = rate_pages(logged_pages(searcher.workspace), SignalsRater(searcher), store)
    vpn = next(found for found in rating.pages if "vpn" in found.page.query)
    hits = [(hit.document, grade) for hit, grade in zip(vpn.page.results, vpn.grades, strict=True) if hit]
    best = max(hits, key=lambda one: one[1] or 0)
    assert best[0].endswith("vpn.md")
    assert (best[1] or 0) > min(grade or 0 for _, grade in hits)


def test_a_result_is_graded_alike_whatever_stands_beside_it(searcher: Searcher, store: RatingStore) -> None:
    rater, pages = SignalsRater(searcher), logged_pages(searcher.workspace)
    together = rate_pages(pages, rater, store)
    for found in together.pages:
        for hit, grade in zip(found.page.results, found.grades, strict=True):
            assert hit is not None
            alone: list[object] = []
            pair = JudgedResult(query=found.page.query, hit=hit, asker=found.page.asker)
            rater.grade([pair], lambda _, outcome, alone=alone: alone.append(outcome))
            assert alone == [grade]


def test_a_text_that_was_closed_since_is_no_longer_read(workspace: Workspace) -> None:
    before = logged_pages(workspace)
    toml = workspace.settings.file.read_text(encoding="utf-8").replace('groups = ["everyone"]', 'groups = ["board"]')
    workspace.settings.file.write_text(toml, encoding="utf-8")
    from hone.settings import read_settings

    changed = Workspace(read_settings(workspace.home))
    index(changed)
    after = logged_pages(changed)
    changed.close()
    assert all(hit is not None for found in before for hit in found.results)
    left = {hit.source for found in after for hit in found.results if hit is not None}
    assert left == {"hr"}


def test_questions_of_a_file_are_asked_live_and_not_logged(searcher: Searcher, tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    lines = [{"id": "q1", "question": "parking garage"}, {"id": "q2", "question": "codeword", "asker": "bo"}]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    logged = searcher.workspace.log.counts().searches
    pages = list(live_pages(searcher, read_questions(searcher.workspace, file).questions, depth=3))
    assert [found.id for found in pages] == ["q1", "q2"]
    assert any(hit is not None and hit.source == "hr" for hit in pages[1].results)
    assert not any(hit is not None and hit.source == "hr" for hit in pages[0].results)
    assert searcher.workspace.log.counts().searches == logged


def told(rating: Rating, store: RatingStore) -> str:
    pages = (found.page for found in rating.pages)
    return "\n".join(lines_of(rating, check_against_people(rating, store), chosen(*pages)))


def test_the_report_says_what_it_does_not_know(kept: RatingStore) -> None:
    failing = GradesBy(of=lambda pair: Ungraded(kind="timeout", what="slow") if pair.hit.text == "bad" else 3)
    said = told(rate_pages([page("s1", "q", "good", "bad")], failing, kept), kept)
    assert "judged: 1 of 2 results (50.0%)" in said
    assert "not judged: 1 × timeout: slow" in said
    assert "not checked against people yet: 0 of 30 labels" in said
    assert "by function (1)" in said


def kept_run(workspace: Workspace, store: RatingStore, found: ChosenPages) -> EvalRun:
    rating = rate_pages(found.pages, by_length(), store)
    return keep_rating(workspace, rating, check_against_people(rating, store), found)


def test_a_kept_run_holds_no_question(workspace: Workspace, store: RatingStore) -> None:
    run = kept_run(workspace, store, chosen(page("s1", "a very private question", "good")))
    assert run.finished
    assert run.summary()["judge"] == {"kind": "signals", "model": "by function", "version": "1"}
    assert [json.loads(line) for line in run.lines()] == [
        {"id": "s1", "score": pytest.approx(pwas([3])), "grades": [3]}
    ]
    for file in [*run.folder.iterdir(), workspace.home / "rating.db"]:
        assert b"private" not in file.read_bytes()


def test_a_kept_run_says_what_it_was_made_with(searcher: Searcher, store: RatingStore, tmp_path: Path) -> None:
    workspace, file = searcher.workspace, questions_of(tmp_path, 30)
    run = kept_run(workspace, store, from_file(searcher, file, limit=10, depth=3))
    settings, live = run.settings(), workspace.registry.live()
    assert live is not None
    assert settings["questions"]["fingerprint"] == read_questions(workspace, file).fingerprint
    assert (settings["questions"]["count"], settings["questions"]["of"], settings["questions"]["seed"]) == (10, 30, 7)
    assert settings["generations"][0]["hash"] == live.model.card.hash
    assert settings["library"]["revision"] == live.library_revision
    assert settings["search"]["hits"] == workspace.settings.search.hits
    report = (run.folder / "report.html").read_text(encoding="utf-8")
    assert report.count("<svg") == 2
    for told in ("3 answers the question", "Distribution of scores", "The worst questions", "garage number", live.id):
        assert told in report, told


def questions_of(folder: Path, count: int) -> Path:
    file = folder / "many.jsonl"
    lines = [{"id": f"q{number:02}", "question": f"garage number {number}"} for number in range(count)]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return file


def test_a_file_is_sampled_and_what_is_left_out_is_said(searcher: Searcher, store: RatingStore, tmp_path: Path) -> None:
    file = questions_of(tmp_path, 30)
    found, again = (from_file(searcher, file, limit=10, depth=3) for _ in range(2))
    names = [item.id for item in found.pages]
    assert names == sorted(names)
    assert names == [item.id for item in again.pages]
    assert names != [f"q{number:02}" for number in range(10)], "the first of a file"
    assert (found.of, found.left_out) == (30, 20)
    rating = rate_pages(found.pages, by_length(), store, depth=3)
    check = check_against_people(rating, store)
    said = "\n".join(lines_of(rating, check, found))
    assert all(part in said for part in ("10 of 30", "seed 7", "20 left out"))
    assert plain(rating, check, found)["left_out"] == 20
    assert "20 left out" in (keep_rating(searcher.workspace, rating, check, found).folder / "report.html").read_text()
    assert from_file(searcher, file, limit=30, depth=3).left_out == 0


def test_of_the_log_the_newest_are_taken_and_the_rest_counted(searcher: Searcher) -> None:
    found = from_log(searcher, limit=2, depth=3)
    assert [item.query for item in found.pages] == [query for query, _ in reversed(QUERIES)][:2]
    assert (found.of, found.left_out) == (6, 4)
    hop = Question(text="Buying", purpose=Purpose(origin="hop"))
    searcher.search(hop)  # by the assistant: nobody typed it, so nobody is asked to grade it
    assert from_log(searcher, limit=9, depth=3).of == 6
    since = searcher.workspace.log.searches(limit=3)[-1].timestamp
    assert from_log(searcher, since=since, limit=1, depth=3).left_out == 2
    assert from_log(searcher, since=since, limit=50, depth=3).left_out == 0


def test_data_for_programs_has_every_figure(kept: RatingStore) -> None:
    rating = rate_pages([page("s1", "q", "a", None)], by_length(), kept)
    found = plain(rating, check_against_people(rating, kept), chosen(*(item.page for item in rating.pages)))
    assert found["results"] == {"shown": 2, "judged": 1, "judged_share": 0.5}
    assert found["grades"] == [0, 1, 0, 0]
    assert found["people"] == {"checked": False, "labels": 0, "needed": 30}


def test_grades_of_two_prompts_are_never_mixed(kept: RatingStore) -> None:
    one = JudgeIdentity(kind="llm", model="m", version="grade-1")
    rate_pages([page("s1", "q", "a")], by_length(), kept)
    assert kept.grades(one) == {}
    assert kept.grades(replace(one, version="grade-2")) == {}
