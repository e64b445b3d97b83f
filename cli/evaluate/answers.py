"""`hone evaluate answers`: how good answers are, with and without an LLM that grades them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cli.context import JSON, existing_workspace

if TYPE_CHECKING:
    from eval.answers.cache import Cache
    from eval.answers.judging import Judge
    from eval.answers.measures import AnswerMeasure
    from eval.answers.runs.run import AnswersJob, Spent
    from eval.data.datasets import AnswerSet
    from eval.runs import EvalRun, Plain
    from hone.progress import Progress
    from hone.workspace import Workspace

SAMPLE = "sample-questions"  # stands for those of the sample company


@dataclass(frozen=True, slots=True, kw_only=True)
class _AnswersOptions:
    """The options of the command."""

    dataset: str
    person: str
    split: str | None
    limit: int | None
    concurrency: int
    as_is: bool
    judge: bool
    judge_model: str
    judge_url: str
    repeats: int
    measures: tuple[str, ...]


def answers(
    dataset: Annotated[
        str,
        typer.Argument(
            help="A ragas dataset (JSON lines, CSV, or a saved Hugging Face folder), or questions in any form that "
            f"`hone evaluate retrieval` reads; `{SAMPLE}` for the sample company's."
        ),
    ],
    person: Annotated[str, typer.Option("--as", help="Ask every question as this person of hone.toml.")] = "",
    limit: Annotated[
        int | None, typer.Option(min=1, help="At most this many questions; the same sample every time.")
    ] = None,
    concurrency: Annotated[int, typer.Option(min=1, max=64, help="How many questions at once.")] = 4,
    repeats: Annotated[int, typer.Option(min=1, max=20, help="How many times the judge grades each answer.")] = 1,
    judge: Annotated[
        Literal["none", "llm"],
        typer.Option(help="`llm` also grades with an LLM by ragas' metrics, using [judge] or [llm] of hone.toml."),
    ] = "none",
    judge_model: Annotated[str, typer.Option(help="The LLM that grades, instead of the one in hone.toml.")] = "",
    judge_url: Annotated[str, typer.Option(help="Its endpoint; its key is HONE_JUDGE__API_KEY.")] = "",
    measure: Annotated[
        list[str] | None, typer.Option("--measure", "-m", help="Only this measure. Can be repeated; all by default.")
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="Split of a saved dataset or a BEIR folder; `test` by default.")
    ] = None,
    as_is: Annotated[
        bool, typer.Option("--as-is", help="Score the answers in the dataset without asking anything.")
    ] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Let the assistant answer a set of questions, and score it. Example: `hone evaluate answers ragas.jsonl`

    Every answer is saved at once; run the same command again to continue an interrupted run. Nothing goes into the
    log or into anyone's conversations.
    """
    from cli.evaluate.runs import print_answers, print_run_json
    from cli.progress import shown_progress

    wanted = _AnswersOptions(
        dataset=dataset,
        person=person,
        split=split,
        limit=limit,
        concurrency=concurrency,
        as_is=as_is,
        judge=judge == "llm",
        judge_model=judge_model,
        judge_url=judge_url,
        repeats=repeats,
        measures=tuple(measure or ()),
    )
    with shown_progress() as progress:
        run = _evaluate(existing_workspace(), wanted, progress)
    print_run_json(run) if as_json else print_answers(run)


def _evaluate(workspace: Workspace, wanted: _AnswersOptions, progress: Progress) -> EvalRun:
    from contextlib import closing

    from cli.progress import Bar
    from eval.answers.cache import Cache
    from eval.answers.runs.assistant import cache_folder
    from eval.answers.runs.run import evaluate_answers

    def heard(spent: Spent) -> None:
        if spent.llm_calls and isinstance(progress, Bar):
            progress.rename(f"answering ({spent.llm_calls:,} LLM calls, {spent.tokens:,} tokens)")

    found, of = _read(workspace, wanted)
    with closing(Cache(cache_folder(workspace.home))) as cache:
        return evaluate_answers(workspace, _order(workspace, wanted, found, of, cache), progress, heard)


def _read(workspace: Workspace, wanted: _AnswersOptions) -> tuple[AnswerSet, int]:
    """Read the set, and say how many questions it had before it was cut."""
    from eval.data.datasets import DatasetOrigin, read_answer_set, sample
    from sample import QUESTIONS

    named = Path(wanted.dataset)
    path = QUESTIONS if wanted.dataset == SAMPLE and not named.exists() else named
    origin = DatasetOrigin(path=path, split=wanted.split, person=wanted.person, as_is=wanted.as_is)
    found = read_answer_set(workspace, origin)
    return sample(found, wanted.limit), len(found.questions.questions)


def _order(workspace: Workspace, wanted: _AnswersOptions, found: AnswerSet, of: int, cache: Cache) -> AnswersJob:
    from eval.answers.runs.assistant import assistant_settings, opened_assistant
    from eval.answers.runs.run import AnswersJob, run_settings
    from retriever.indexing.keeping import require_live

    measures, judge = _measures(wanted), _judge(workspace, wanted, cache)
    live = None if found.given else require_live(workspace)
    assistant: Plain = {} if live is None else assistant_settings(workspace, live)
    return AnswersJob(
        answers=found,
        settings=run_settings(found, of, assistant, measures, judge),
        open_answerer=lambda: opened_assistant(workspace, live or require_live(workspace), cache, assistant),
        measures=measures,
        judge=judge,
        concurrency=wanted.concurrency,
    )


def _measures(wanted: _AnswersOptions) -> tuple[AnswerMeasure, ...]:
    """Find the measures that need no LLM; with --judge, unknown ones are the judge's."""
    from eval.answers.measures import MEASURES, measures_named

    known = {item.name for item in MEASURES}
    names = [name for name in wanted.measures if name in known or not wanted.judge]
    return measures_named(names) if wanted.measures else MEASURES


def _judge(workspace: Workspace, wanted: _AnswersOptions, cache: Cache) -> Judge | None:
    if not wanted.judge:
        return None
    from eval.answers.judging import judge_settings, open_calls
    from eval.answers.measures import MEASURES
    from eval.llm_batch import Pace
    from eval.ragas_judge import NAMES, RagasJudge
    from hone.errors import UsageError

    settings = workspace.settings
    chosen = judge_settings(settings.llm, settings.judge, model=wanted.judge_model, url=wanted.judge_url)
    if not chosen.model:
        raise UsageError(
            "hone.toml names no LLM to grade with.",
            hint='Name one: [judge]  base_url = "…"  model = "…", or --judge-model NAME --judge-url URL.',
        )
    own = {item.name for item in MEASURES}
    names = tuple(name for name in wanted.measures if name not in own) if wanted.measures else NAMES
    calls = open_calls(workspace.home, chosen, cache, Pace(at_once=wanted.concurrency))
    return RagasJudge(calls, names, wanted.repeats)
