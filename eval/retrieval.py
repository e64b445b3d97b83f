"""Scoring the deployed search, and each of its legs, on questions with known answers."""

import contextlib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import chain

from eval.measures import DEFAULTS, Measure, score_all
from eval.pinned import BUILT, open_pinned
from eval.records import EvalQuestion, GoldFinder, KnownGold, QuestionSet
from eval.reports.retrieval import retrieval_report
from eval.reports.writing import finish
from eval.runs import EvalRun, Plain, RetrievedQuestion, ScoredQuestion, begin, read_scores, served
from eval.slices import TrainedDocuments, slice_all
from eval.summary import summarise
from hone.errors import UsageError
from hone.progress import Progress
from hone.records import Hit, SearchResult
from hone.registry import Generation
from hone.workspace import Workspace
from retriever.library.library import Library
from retriever.ranking.legs import FUSED, RERANKED, usual_legs
from retriever.ranking.rank import order_of
from retriever.searching.searcher import DEPTH, Question, Searcher

Leg = str  # the page as people see it, or a stage of the search
PAGE = "page"


def legs_of(workspace: Workspace) -> tuple[Leg, ...]:
    """Name the page, which is what people are shown, and the stages that lead to it, the last first."""
    reranked = (RERANKED,) if workspace.settings.search.reranker else ()
    return (PAGE, *reranked, FUSED, *usual_legs())


def parse_legs(workspace: Workspace, names: Sequence[str]) -> tuple[Leg, ...]:
    """Read the names of legs, each once; all of them where none is named."""
    known = legs_of(workspace)
    if unknown := [name for name in names if name not in known]:
        raise UsageError(f"{unknown[0]!r} isn't a search leg.", hint=f"Name one of {', '.join(known)}.")
    return tuple(leg for leg in known if leg in (names or known))


class Owners:
    """Knows which document a passage stands in; each passage is looked up once, many together."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._known: dict[str, str] = {}

    def learn(self, results: Iterable[SearchResult]) -> Mapping[str, str]:
        """Look up every passage that any stage named."""
        named = {name for result in results for order in result.stages.values() for name, _ in order}
        self._known |= self._library.owners(sorted(named - self._known.keys()))
        return self._known


def ranked(
    result: SearchResult, question: EvalQuestion, leg: Leg, documents: Mapping[str, str], shown: int
) -> list[str]:
    """Rank documents by their best passage, or passages."""
    by_document = question.unit == "document"
    if leg == PAGE:
        hits = result.hits[:shown]
        names = _shown_documents(hits) if by_document else (hit.passage for hit in hits)
    else:
        passages = stage_order(result, leg)
        names = (documents[name] for name in passages if name in documents) if by_document else iter(passages)
    return list(dict.fromkeys(names))


def stage_order(result: SearchResult, leg: Leg) -> list[str]:
    """Name a stage's passages, best first; those that a reranker did not read follow as they were fused."""
    stages = {stage: [name for name, _ in order] for stage, order in result.stages.items()}
    return order_of(stages) if leg == RERANKED else stages[leg]


def _shown_documents(hits: Sequence[Hit]) -> Iterator[str]:
    """Documents with a near-identical passage are shown once, and named beside it."""
    return (name for hit in hits for name in (hit.document, *hit.also_in))


KIND = "retrieval"
AT_ONCE = 256  # questions between two commits: encoded together, and lost together by a kill
KEPT = 10  # results a system and question that a run remembers
NEEDS_GOLD = "Retrieval needs known documents. To score answers without them: hone evaluate answers"
PER_LEG = 4  # passages that a leg is asked for, for each hit of the page; `Searcher` multiplies so


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalJob:
    """What is to be evaluated, and by what."""

    questions: QuestionSet
    generations: Sequence[Generation]  # the live one first
    measures: Sequence[Measure] = DEFAULTS
    legs: Sequence[Leg] = ()  # all of them where none is named
    taught: TrainedDocuments | None = None  # what the live model was trained on
    memory: bool = False  # what people confirmed lifts hits, as it does for them; not unless it is asked for
    built: frozenset[str] = frozenset()  # ids of generations that are there for evaluations alone


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """One way of finding: a generation, and where along the way one looks."""

    name: str
    generation: str
    leg: Leg


def evaluate_retrieval(workspace: Workspace, order: RetrievalJob, progress: Progress) -> EvalRun:
    """Score every question with every system; goes on where the same evaluation was interrupted."""
    order = order if order.legs else replace(order, legs=legs_of(workspace))
    finder = GoldFinder(Library(workspace.database))
    known = [finder.find(question) for question in order.questions.questions]
    require_gold(order.questions, known, NEEDS_GOLD)
    with begin(workspace.home, KIND, _settings(workspace, order)) as run, contextlib.ExitStack() as opened:
        done = {line.id for line in read_scores(run, ScoredQuestion)}
        sliced = slice_all(order.questions.questions, known, order.taught and order.taught.documents)
        todo = [item for item in zip(order.questions.questions, known, sliced, strict=True) if item[0].id not in done]
        progress.stage("searching", len(order.questions.questions))
        progress.advance(len(done))
        searchers = {item.id: _open(workspace, item, order, opened) for item in order.generations} if todo else {}
        scorer = _Scorer(order=order, searchers=searchers, finder=finder, owners=Owners(Library(workspace.database)))
        for start in range(0, len(todo), AT_ONCE):
            part = todo[start : start + AT_ONCE]
            run.append(line.model_dump_json() for line in scorer.score(part))
            progress.advance(len(part))
        _finish(run)
    return run


def systems_for(order: RetrievalJob) -> list[System]:
    """Name the systems: of the live generation by leg alone, of others by model and leg."""
    models = [item.model.id for item in order.generations]
    found = list[System]()
    for place, item in enumerate(order.generations):
        name = item.id if models.count(item.model.id) > 1 else item.model.id
        prefix = f"{name}:" if place else ""
        found += [System(name=f"{prefix}{leg}", generation=item.id, leg=leg) for leg in order.legs]
    return found


def _open(workspace: Workspace, generation: Generation, order: RetrievalJob, opened: contextlib.ExitStack) -> Searcher:
    searcher = open_pinned(workspace, generation, memory=order.memory)
    opened.callback(searcher.close)
    if searcher.reranking is not None:
        searcher.reranking.reranker()  # one that can't be used would be measured as if there were none
    return searcher


ScoredItem = tuple[EvalQuestion, KnownGold, Mapping[str, str]]  # with the slices it is in


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scorer:
    order: RetrievalJob
    searchers: Mapping[str, Searcher]
    finder: GoldFinder
    owners: Owners

    def score(self, items: Sequence[ScoredItem]) -> list[RetrievedQuestion]:
        """Search for some questions with every generation, and score what each system ranked."""
        systems, questions = systems_for(self.order), [question for question, _, _ in items]
        results = {
            name: list(searcher.search_all([self._asked(question, searcher) for question in questions]))
            for name, searcher in self.searchers.items()
        }
        documents = self.owners.learn(chain.from_iterable(results.values()))
        rankings = {
            system.name: [
                ranked(result, question, system.leg, documents, self._shown(system))
                for question, result in zip(questions, results[system.generation], strict=True)
            ]
            for system in systems
        }
        golds = [known.grades for _, known, _ in items]
        tables = {name: score_all(self.order.measures, ranked, golds).tolist() for name, ranked in rankings.items()}
        return [self._line(item, place, rankings, tables) for place, item in enumerate(items)]

    def _asked(self, question: EvalQuestion, searcher: Searcher) -> Question:
        # Asked as people ask, unless a measure looks deeper; of a page made longer for it, only what people see counts.
        deepest = max((measure.cutoff or 0 for measure in self.order.measures), default=0)
        shown = searcher.workspace.settings.search.hits
        hits = shown if deepest <= DEPTH else max(shown, math.ceil(deepest / PER_LEG))
        return Question(text=question.text, asker=question.asker, hits=hits, memory=self.order.memory)

    def _shown(self, system: System) -> int:
        return self.searchers[system.generation].workspace.settings.search.hits

    def _line(
        self,
        item: ScoredItem,
        place: int,
        rankings: Mapping[str, Sequence[Sequence[str]]],
        tables: Mapping[str, list[list[float]]],
    ) -> RetrievedQuestion:
        names = [str(measure) for measure in self.order.measures]
        scores = {name: dict(zip(names, table[place], strict=True)) for name, table in tables.items()}
        top = {name: ranked[place] for name, ranked in rankings.items()}
        return line_of(item, scores if item[1].scorable else {}, top, self.finder)


def line_of(
    item: ScoredItem,
    scores: Mapping[str, Mapping[str, float]],
    ranked: Mapping[str, Sequence[str]],
    finder: GoldFinder,
) -> RetrievedQuestion:
    """Write a question's line: what each system scored, by measure, and the first that it ranked."""
    question, known, slices = item
    top = {name: list(found[:KEPT]) for name, found in ranked.items()}
    told = {name for found in top.values() for name in found} | set(known.grades)
    return RetrievedQuestion(
        id=question.id,
        text=question.text,
        asker=question.asker.name,
        gold=dict(known.grades),
        lacking=known.lacking,
        forbidden=known.forbidden,
        slices=dict(slices),
        scores={system: {name: round(value, 6) for name, value in row.items()} for system, row in scores.items()},
        top=top,
        titles={name: title for name in sorted(told) if (title := finder.title(name))},
    )


def require_gold(questions: QuestionSet, known: Sequence[KnownGold], hint: str) -> None:
    """Refuse a set that belongs to another library: all zeros would look like a bad search."""
    wanted = [item for item in known if item.scorable]
    if not wanted:
        raise UsageError(f"No question in {questions.name} says which document answers it.", hint=hint)
    if not any(item.documents for item in wanted):
        lacking = wanted[0].lacking[0]
        raise UsageError(
            f"The library has none of the documents in {questions.name}, such as {lacking!r}.",
            hint="Add that corpus first (hone documents add FOLDER --group everyone), or choose another --home.",
        )


def _settings(workspace: Workspace, order: RetrievalJob) -> Plain:
    return {
        "questions": order.questions.settings(),
        "measures": [str(measure) for measure in order.measures],
        "legs": list(order.legs),
        "taught": order.taught and order.taught.settings(),
        **({"memory": True} if order.memory else {}),
        BUILT: [item.id for item in order.generations if item.id in order.built],
        **served(workspace, order.generations),
    }


def _finish(run: EvalRun) -> None:
    lines = read_scores(run, RetrievedQuestion)
    summary = summarise(lines)
    report = retrieval_report(run.settings(), summary, lines)
    best = summary.systems[0]
    headline = f"{best.system} {summary.measures[0]} {best.means[summary.measures[0]]}"
    finish(run, {"headline": headline, **asdict(summary)}, report)
