"""The parts of a run whose figures can be checked by eye: risk, sums, samples, ids."""

import asyncio
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eval.answers.asking import AnswerSource, AskedAnswer
from eval.answers.cache import Cache, key_of
from eval.answers.measures import MEASURES, measures_named
from eval.answers.records import AnswerRecord, CitedClaim, Value
from eval.answers.risk import auroc, discriminate, risks, risks_at
from eval.answers.runs.report import answers_report, caveats
from eval.answers.runs.scoring import AnsweredQuestion, Gold, UnscoredMeasure, asked_records, given_records, score
from eval.answers.runs.summary import summarise
from eval.data.datasets import AnswerSet, sample
from eval.data.rows import GivenAnswer
from eval.records import EvalQuestion, KnownGold, QuestionSet
from eval.reports.writing import to_html
from hone.errors import in_words

NOWHERE = KnownGold(grades={}, documents=(), lacking=(), forbidden=())


SURE = np.array([0.9, 0.8, 0.6, 0.4, 0.1])


def test_auroc_is_the_share_of_pairs_in_order() -> None:
    assert auroc(SURE, np.array([1.0, 1.0, 1.0, 0.0, 0.0])) == 1.0
    assert auroc(SURE, np.array([0.0, 1.0, 1.0, 1.0, 0.0])) == 0.5
    assert auroc(np.ones(5), np.array([1.0, 0.0, 1.0, 0.0, 1.0])) == 0.5
    assert np.isnan(auroc(SURE, np.ones(5)))


def test_risk_at_a_coverage_is_the_share_that_goes_wrong_among_the_surest() -> None:
    found = risks_at(SURE, np.array([1.0, 1.0, 0.0, 1.0, 0.0]))
    assert found == {0.2: 0.0, 0.4: 0.0, 0.6: pytest.approx(1 / 3), 0.8: 0.25, 1.0: pytest.approx(0.4)}


def test_risk_is_counted_from_the_surest_on() -> None:
    found = risks(np.array([0.2, 0.9, 0.6, 0.4]), np.array([0.0, 1.0, 0.0, 1.0]))
    assert found.tolist() == [0.0, 1 / 2, 1 / 3, 2 / 4]


def test_questions_as_sure_as_each_other_share_their_risk() -> None:
    found = risks(np.array([0.9, 0.5, 0.5]), np.array([1.0, 0.0, 1.0]))
    assert found.tolist() == [0.0, 0.25, pytest.approx(1 / 3)]


def test_an_order_without_a_mistake_is_as_good_as_can_be() -> None:
    found = discriminate("x", [0.9, 0.8, 0.2, 0.1], [True, True, False, False])
    assert found is not None
    assert (found.auroc.mean, found.aurc.mean) == (1.0, found.perfect)
    assert found.perfect == pytest.approx((0 + 0 + 1 / 3 + 2 / 4) / 4)
    assert found.random == 0.5
    assert (found.points[-1].coverage, found.points[-1].risk) == (1.0, 0.5)
    guessed = discriminate("x", [0.5] * 4, [True, True, False, False])
    assert guessed is not None
    assert guessed.auroc.mean == 0.5
    assert discriminate("x", [0.5, 0.4], [True, True]) is None


def line(name: str, score: float | None = None, **fields: object) -> AnsweredQuestion:
    told = {"id": name, "text": name, "scores": {"assistant": {"groundedness": score}}, **fields}
    return AnsweredQuestion.model_validate(told)


@pytest.mark.parametrize(("answers", "score", "same"), [(20, 0.5, 0.5), (19, 0.5, None), (20, None, None)])
def test_a_judge_with_one_score_for_all_is_noticed(answers: int, score: float | None, same: float | None) -> None:
    name = "ragas-faithfulness"
    lines = [
        AnsweredQuestion.model_validate(
            {"id": f"q{n}", "text": "", "scores": {"assistant": {name: score if score is not None else n / 20}}}
        )
        for n in range(answers)
    ]
    assert summarise(lines, [name]).measures[0].same == same


def test_abstentions_stand_apart_and_everything_is_counted() -> None:
    lines = [
        line("a", 1.0),
        line("b", 0.5),
        line("c", 0.0, abstained=True),
        line("d", unscored={"groundedness": UnscoredMeasure(failed=False, why="it states nothing")}, abstained=True),
        line("e", unscored={"groundedness": UnscoredMeasure(failed=True, why="there is no answer")}, failed="it broke"),
    ]
    summary = summarise(lines, ["groundedness"])
    found = summary.measures[0]
    assert (found.mean.mean, found.scored) == (0.75, 2)
    assert (found.abstentions.mean, found.abstained) == (0.0, 1)
    assert (found.not_applicable, found.failed) == (1, 1)
    assert found.why == {"it states nothing": 1, "there is no answer": 1}
    assert found.scored + found.abstained + found.not_applicable + found.failed == summary.questions == 5
    assert summary.failed == {"e": "it broke"}


def test_what_differs_between_repeats_is_told() -> None:
    lines = [line("a", 0.5, repeats={"groundedness": (0.0, 1.0)}), line("b", 1.0, repeats={"groundedness": (1.0, 1.0)})]
    found = summarise(lines, ["groundedness"]).measures[0]
    assert found.spread == 0.25
    assert found.by_repeat == (0.5, 1.0)


def test_the_order_of_lines_changes_no_figure() -> None:
    lines = [line(str(number), number / 40) for number in range(40)]
    assert summarise(lines, ["groundedness"]) == summarise(lines[::-1], ["groundedness"])


def test_kept_answers_do_not_count_in_the_time() -> None:
    lines = [line(str(took), took_ms={"total": took}) for took in range(1, 101)]
    lines.append(line("kept", took_ms={"total": 9e9}, from_cache=True))
    found = summarise(lines, ["groundedness"]).latency[0]
    assert (found.answers, found.p50, found.p95) == (100, 50.5, pytest.approx(95.05))


ASKED = AskedAnswer(
    response="Ada keeps it [1]. Bo cooks [3].",
    verdict="sufficient",
    probability=0.9,
    sources=tuple(
        AnswerSource(passage=f"p{number}", document=document, title=document.upper(), text=f"text {number}")
        for number, document in enumerate(("a", "a", "b"), 1)
    ),
    claims=(CitedClaim(text="Ada keeps it.", ids=("p1",)), CitedClaim(text="Bo cooks.", ids=("p3",))),
    degraded=(),
    took_ms={"total": 5.0},
    llm_calls=1,
    tokens=10,
)


@pytest.mark.parametrize(
    ("gold", "unit", "expected"),
    [
        (("a",), "document", {"context-precision": 1 / 2, "context-recall": 1.0, "citation-precision": 1 / 2}),
        (("p1", "p9"), "passage", {"context-precision": 1 / 3, "context-recall": 1 / 2, "citation-precision": 1 / 2}),
    ],
)
def test_ids_are_compared_in_the_kind_that_the_gold_is_of(
    gold: tuple[str, ...], unit: str, expected: dict[str, float]
) -> None:
    question = EvalQuestion(id="q", text="Who?")
    named = Gold(ids=gold, unit="document" if unit == "document" else "passage", known=NOWHERE)
    records = asked_records(question, ASKED, named)
    measures = measures_named(list(expected))
    assert {item.name: item(records.for_measure(item)) for item in measures} == pytest.approx(expected)
    assert records.texts.context_ids == ("p1", "p2", "p3")


def test_citations_of_strangers_are_read_where_there_are_any() -> None:
    gold = Gold(ids=None, unit="document", known=NOWHERE)
    question = EvalQuestion(id="q", text="Who?")
    given = GivenAnswer(response="Ada keeps it [2].", contexts=("x", "Ada keeps it."), context_ids=("c1", "c2"))
    assert given_records(question, given, gold).texts.claims == (CitedClaim(text="Ada keeps it.", ids=("c2",)),)
    silent = GivenAnswer(response="Ada keeps it.", contexts=("x",))
    assert given_records(question, silent, gold).texts.claims is None
    assert given_records(question, silent, gold).ids.context_ids is None


def test_a_measure_that_stumbles_is_told_and_stops_nothing() -> None:
    def stumble(record: AnswerRecord) -> Value:
        raise ValueError("over a stone")

    broken = type(MEASURES[0])(name="broken", needs=(), score=stumble)
    records = given_records(
        EvalQuestion(id="q", text="?"), GivenAnswer(response="Yes."), Gold(ids=None, unit="document", known=NOWHERE)
    )
    found = asyncio.run(score(records, [broken, *measures_named(["abstention"])], None, failed=""))
    assert found.scores == {"broken": None, "abstention": 0.0}
    assert found.unscored["broken"] == UnscoredMeasure(failed=True, why=in_words(ValueError("over a stone")))
    lost = asyncio.run(score(records, MEASURES, None, failed="no answer"))
    assert {item.failed for item in lost.unscored.values()} == {True}
    assert len(lost.scores) == len(MEASURES)


def test_ids_of_two_kinds_are_suspected() -> None:
    lines = [line(str(number), 1.0, contexts=("p1",), gold=("doc",), found=False) for number in range(5)]
    settings = {"questions": {"people_wrote": True, "count": 5, "of": 5}}
    summary = summarise(lines, ["groundedness"])
    assert summary.strange_ids
    usual = {block.text for block in caveats(settings, replace(summary, strange_ids=False))}
    assert [block.warning for block in caveats(settings, summary) if block.text not in usual] == [True]


def test_a_report_holds_nothing_that_acts() -> None:
    evil = "<script>alert(1)</script>"
    lines = [line(evil, 0.1, response=evil, contexts=(evil,), titles={evil: evil}, gold=(evil,))]
    questions = {"name": evil, "people_wrote": False, "count": 1, "of": 9, "origin": evil, "fingerprint": "f"}
    settings = {"questions": questions, "id": "i", "started": "now", "hone": "1", "code": "c", "judge": {"model": evil}}
    page = to_html(answers_report(settings, summarise(lines, ["groundedness"]), lines))
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "A sample of 1 of 9" in page


def test_a_sample_is_the_same_every_time(tmp_path: Path) -> None:
    questions = tuple(EvalQuestion(id=str(number), text="?") for number in range(50))
    answers = AnswerSet(
        questions=QuestionSet(name="s", questions=questions, origin="x", fingerprint="f", people_wrote=True),
        given={question.id: GivenAnswer(response="r") for question in questions},
    )
    chosen = sample(answers, 10)
    names = [question.id for question in chosen.questions.questions]
    assert names == [question.id for question in sample(answers, 10).questions.questions]
    assert (len(names), names != [str(number) for number in range(10)]) == (10, True)
    assert sorted(names, key=int) == names
    assert set(chosen.given) == set(names)
    assert sample(answers, None) is sample(answers, 99) is answers


def test_what_is_kept_is_found_by_everything_that_decided_it(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put(key_of(question="a", groups=["x"]), "value")
    assert cache.get(key_of(groups=["x"], question="a")) == "value"
    assert cache.get(key_of(question="a", groups=["y"])) is None
    cache.close()
    assert Cache(tmp_path).get(key_of(question="a", groups=["x"])) == "value"
