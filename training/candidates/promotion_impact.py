"""What became of questions that people asked: how each did with the model before a promotion, and how since."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from eval.measures import parse_measure, score_all
from eval.pinned import open_pinned
from eval.records import EvalQuestion, GoldFinder
from eval.retrieval import Owners, ranked
from hone.errors import HoneError
from hone.log.interactions import key_of
from hone.log.traces import Traces, read_traces
from hone.progress import Progress, Silent
from hone.records import EVERYONE
from hone.registry import Generation
from hone.workspace import Workspace
from retriever.indexing.encoders import TRAINED
from retriever.library.library import Library
from retriever.searching.searcher import Question
from training.candidates.drafts import write_whole
from training.records import Judgment

FILE = "outcomes.json"
LIMIT = 3000  # questions: a minute or two of searching with both models on two cores
AT_ONCE = 256  # questions encoded together
MEASURE = parse_measure("nDCG@10")


class Outcome(BaseModel):
    """A question that somebody asked, scored with the model before and with this one: 0 is worst, 1 is best."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    search_id: str
    before: float
    after: float


_OUTCOMES = TypeAdapter(tuple[Outcome, ...])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Searching:
    """What both models are asked with."""

    workspace: Workspace
    owners: Owners
    questions: Sequence[EvalQuestion]
    golds: Sequence[Mapping[str, float]]


def write_outcomes(home: Path, version: str, outcomes: Iterable[Outcome]) -> None:
    """Write them beside the model that they were measured for."""
    folder = home / TRAINED / version
    if not folder.is_dir():
        raise HoneError(f"There is no model {version!r} in {home / TRAINED}.", hint="hone models list")
    write_whole(folder / FILE, _OUTCOMES.dump_json(tuple(outcomes)).decode())


def read_outcomes(home: Path, version: str) -> tuple[Outcome, ...]:
    """Read them; a model that never went live has none."""
    path = home / TRAINED / version / FILE
    try:
        return _OUTCOMES.validate_json(path.read_bytes())
    except FileNotFoundError:
        return ()
    except (OSError, ValidationError) as error:
        hint = "Delete it; the next promotion writes a new one."
        raise HoneError(f"{path} can't be read: {str(error).splitlines()[0]}.", hint=hint) from error


def measure_outcomes(
    workspace: Workspace,
    live: Generation,
    candidate: Generation,
    judgments: Iterable[Judgment],
    limit: int = LIMIT,
    progress: Progress | None = None,
) -> tuple[Outcome, ...]:
    """Ask what people asked of both models, the best-known answers first, and score the fused order of documents.

    Every search in the log that put the question gets its score, and so does every one that an ask with it led to.
    """
    heard, library = progress or Silent(), Library(workspace.database)
    questions = _questions(judgments, limit)
    finder = GoldFinder(library)
    known = [(question, finder.find(question)) for question in questions]
    found = [pair for pair in known if any(EVERYONE in document.groups for document in pair[1].documents)]
    searching = _Searching(
        workspace=workspace,
        owners=Owners(library),
        questions=[question for question, _ in found],
        golds=[item.grades for _, item in found],
    )
    heard.stage("replaying past questions", 2 * len(found))
    before, after = (_scores(searching, generation, heard) for generation in (live, candidate))
    searches = _searches(read_traces(workspace.log_database, workspace.optouts.people()))
    return tuple(
        Outcome(search_id=search, before=round(first, 4), after=round(second, 4))
        for question, first, second in zip(searching.questions, before, after, strict=True)
        for search in sorted(searches.get(question.id, ()))
    )


def _questions(judgments: Iterable[Judgment], limit: int) -> list[EvalQuestion]:
    """Put together what is known of each question; those that were spoken for most firmly come first."""
    golds: dict[str, dict[str, float]] = defaultdict(dict)
    texts: dict[str, str] = {}
    firm: dict[str, float] = defaultdict(float)
    for item in judgments:
        if item.grade > 0:
            texts.setdefault(item.key, item.query)
            firm[item.key] = max(firm[item.key], item.weight)
            golds[item.key][item.document] = max(golds[item.key].get(item.document, 0.0), float(item.grade))
    chosen = sorted(golds, key=lambda key: (-firm[key], key))[:limit]
    return [EvalQuestion(id=key, text=texts[key], gold=golds[key]) for key in chosen]


def _scores(searching: _Searching, generation: Generation, progress: Progress) -> list[float]:
    shown = searching.workspace.settings.search.hits
    searcher, scores = open_pinned(searching.workspace, generation), list[float]()
    try:
        for start in range(0, len(searching.questions), AT_ONCE):
            part = searching.questions[start : start + AT_ONCE]
            results = list(searcher.search_all([Question(text=item.text, asker=item.asker) for item in part]))
            documents = searching.owners.learn(results)
            rankings = [
                ranked(result, item, "fused", documents, shown) for result, item in zip(results, part, strict=True)
            ]
            golds = searching.golds[start : start + AT_ONCE]
            scores += [float(row[0]) for row in score_all([MEASURE], rankings, golds)]
            progress.advance(len(part))
    finally:
        searcher.close()
    return scores


def _searches(traces: Traces) -> Mapping[str, set[str]]:
    """Find the searches of every question that was asked."""
    found: dict[str, set[str]] = defaultdict(set)
    for seen in traces.searches.values():
        found[key_of(seen.query)].add(seen.id)
    for asked in traces.asks.values():
        led_to = {part.search for part in asked.parts if part.search}
        for text in (asked.question, asked.typed):
            found[key_of(text)] |= led_to
    return found
