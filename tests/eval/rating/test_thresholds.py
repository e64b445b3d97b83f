"""The fitted rater's thresholds, moved to labels of the workspace, and never told to agree with what they saw."""

from dataclasses import replace

import numpy as np
import pytest

from agents.fitted import SignalWeight
from eval.rating.fitted import FittedRater, GradedSignals, GradeThresholds, OrdinalModel, move_cuts
from eval.rating.judge import JudgedResult
from eval.rating.pages import logged_pages
from eval.rating.people import NEEDED, check_against_people
from eval.rating.rate import rate_pages
from eval.rating.report import keep_rating, lines_of
from eval.rating.signals import SignalsRater
from eval.rating.store import RatingStore
from eval.rating.thresholds import FOLDS, QUESTIONS, LabelledResult, calibrate_on, calibrated
from retriever.searching.searcher import Question, Searcher
from tests.eval.rating.making import GradesBy, chosen, page, pair

GENEROUS = FittedRater(
    version=1,
    encoder="",
    model=OrdinalModel(
        weights=(SignalWeight(signal="good", mean=0.0, spread=1.0, weight=1.0),),
        biases=(0.0, 0.0, 0.0),
        cuts=(-2.0, -1.0, 0.0),
    ),
    labels="",
    results=0,
    agreement=(),
)


def labelled(count: int, *, each: int = 3) -> list[LabelledResult]:
    """Labels that follow the rater's signal, and are stricter than the rater is."""
    good = np.random.default_rng(4).normal(size=count)
    grades = np.digitize(good, [0.5, 1.0, 1.5])
    return [
        LabelledResult(
            keys=(f"question {place // each:03}", f"passage {place}"),
            row=GradedSignals(signals={"good": float(value)}, grade=int(grade)),
        )
        for place, (value, grade) in enumerate(zip(good, grades, strict=True))
    ]


def test_thresholds_follow_labels_and_weights_stay() -> None:
    known = labelled(90)
    found = calibrate_on(known, GENEROUS)
    assert found.source == "own"
    assert found.fitted is not None
    assert found.fitted.model.weights == GENEROUS.model.weights
    people = np.mean([item.row.grade for item in known])
    shipped, own = (
        np.mean([model.grade(item.row.signals) for item in known]) for model in (GENEROUS.model, found.fitted.model)
    )
    assert shipped > people + 1
    assert own == pytest.approx(people, abs=0.1)
    assert found.fitted.agreement == (), "what was measured elsewhere was with other thresholds"


def test_a_label_is_held_against_thresholds_that_never_saw_its_question() -> None:
    known = labelled(90)
    found = calibrate_on(known, GENEROUS)
    assert set(found.held_out) == {item.keys for item in known}
    questions = sorted({item.keys[0] for item in known})
    for item in known:
        own = questions.index(item.keys[0]) % FOLDS
        others = [other.row for other in known if questions.index(other.keys[0]) % FOLDS != own]
        assert found.held_out[item.keys] == move_cuts(GENEROUS.model, others).grade(item.row.signals)
    assert found.fitted is not None
    fitted = {item.keys: found.fitted.model.grade(item.row.signals) for item in known}
    assert fitted != found.held_out, "if both were the same, nothing would show that labels are left out"


def test_the_best_result_has_no_say_in_its_own_grade() -> None:
    """One label alone says where the highest grade begins; without it, nobody knows of any."""
    known = [
        LabelledResult(
            keys=(f"question {place:02}", "p"),
            row=GradedSignals(signals={"good": place / 100}, grade=3 if place == 39 else 0),
        )
        for place in range(40)
    ]
    found = calibrate_on(known, GENEROUS)
    assert found.fitted is not None
    assert found.fitted.model.grade(known[39].row.signals) == 3
    without = [*known[:39], replace(known[39], row=replace(known[39].row, grade=0))]
    again = calibrate_on(without, GENEROUS)
    assert again.held_out[known[39].keys] == found.held_out[known[39].keys]
    assert again.fitted is not None
    assert again.fitted.model.grade(known[39].row.signals) == 0


@pytest.mark.parametrize(("count", "each"), [(NEEDED - 1, 1), (NEEDED, NEEDED // (QUESTIONS - 1) + 1)])
def test_too_few_labels_leave_the_shipped_thresholds_and_are_told(count: int, each: int) -> None:
    found = calibrate_on(labelled(count, each=each), GENEROUS)
    assert (found.source, found.fitted, found.labels) == ("shipped", None, count)
    assert f"{count} labels" in found.told
    assert f"{NEEDED} of {QUESTIONS} would move them" in found.told


def test_people_are_asked_of_grades_that_did_not_see_their_labels(kept: RatingStore) -> None:
    names = [f"question {place}" for place in range(NEEDED)]
    rating = rate_pages([page(name, name, "text") for name in names], GradesBy(of=lambda _: 2), kept)
    keys = [item.keys for item in (pair(name, "text") for name in names)]
    for place, one in enumerate(keys):
        kept.keep_label(one, "ana", 2 if place % 2 else 1)
    assert check_against_people(rating, kept).exact == 0.5
    calibration = GradeThresholds(source="own", told="", held_out=dict.fromkeys(keys, 0))
    assert check_against_people(replace(rating, calibration=calibration), kept).exact == 0.0


def test_a_workspace_that_has_labelled_enough_is_graded_by_its_own_thresholds(
    searcher: Searcher, store: RatingStore
) -> None:
    for query in ("garage hours", "token for the vpn", "cost of lunch", "renewal of laptops", "helpdesk"):
        searcher.search(Question(text=query))
    shipped = SignalsRater(searcher)
    pages = logged_pages(searcher.workspace)
    few, said = calibrated(shipped, searcher, store)
    assert few is shipped
    assert said is not None
    assert said.source == "shipped"
    before = rate_pages(pages, shipped, store)
    for found in before.pages:
        for hit in found.page.results:
            assert hit is not None
            item = JudgedResult(query=found.page.query, hit=hit, asker=found.page.asker)
            store.keep_label(item.keys, "ana", 0)
    rater, calibration = calibrated(shipped, searcher, store)
    assert calibration is not None
    assert calibration.source == "own"
    assert rater.identity.key != shipped.identity.key, "grades by two thresholds are never mixed"
    rating = replace(rate_pages(pages, rater, store), calibration=calibration)
    assert before.pwas.mean > rating.pwas.mean == 0.0, "people found all of it worthless"
    check = check_against_people(rating, store)
    picked = chosen(*pages)
    assert f"calibration: thresholds moved to {calibration.labels} labels" in "\n".join(lines_of(rating, check, picked))
    run = keep_rating(searcher.workspace, rating, check, picked)
    assert run.settings()["calibration"]["thresholds"] == run.summary()["calibration"]["thresholds"] == "own"
    assert "thresholds moved to" in (run.folder / "report.html").read_text(encoding="utf-8")
    assert calibrated(shipped, searcher, store, own=False)[0] is shipped
