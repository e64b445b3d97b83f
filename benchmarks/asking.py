"""What planning, second hops and merging bring to an ask without an LLM, beside one plain search.

Multi-hop questions: the share whose gold documents are all among the ten passages given to the answerer. Conversations:
R@10 of the planned search beside that of the last turn alone. Every set is halved by a hash of the question's id; one
half was there to choose with. Intervals are 95 % of 2,000 bootstrap samples of the questions, paired.

    python -m benchmarks.asking --home /tmp/asking-homes
"""

import argparse
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from agents.heuristics.hops import ROUNDS, next_questions
from agents.heuristics.merging import merge
from agents.heuristics.planning import plan
from agents.records import Evidence, Plan, Retrieved, SubQuestion, Turn
from agents.retrieve import search_of
from benchmarks.homes import TODAY, Home
from benchmarks.questionsets import turns_of
from benchmarks.record import data_folder, keep
from benchmarks.retrieval import SETS, half_of, judgments
from hone.records import Asker
from hone.settings import asker_of
from hone.workspace import Workspace
from retriever.searching.searcher import NOBODY, Question, Searcher
from sample import QUESTIONS

Measure = Literal["all gold", "R@10"]
Figures = dict[str, object]

SAMPLES = 2000
TEN = 10  # passages that are looked at, of a plain search as of an ask


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A question with the documents that answer it."""

    id: str
    turns: tuple[Turn, ...]
    gold: frozenset[str]
    asker: Asker = NOBODY


@dataclass(slots=True, kw_only=True)
class Asked:
    """How far one case has come."""

    case: Case
    plan: Plan
    pending: tuple[SubQuestion, ...]
    retrieved: list[Retrieved] = field(default_factory=list[Retrieved])
    evidence: tuple[Evidence, ...] = ()
    after_first: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A set of questions and what is measured on it."""

    name: str
    measure: Measure
    per_document: int | None  # of the plain search that it is compared with
    read: Callable[[Path, Workspace], Sequence[Case]]


def main() -> None:
    """Build the workspaces unless they are there, ask everything, keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--home", type=Path, required=True, help="where the workspaces are built, and found again")
    parser.add_argument("--results", type=Path)
    options = parser.parse_args()
    data = data_folder(options.data)
    figures: Figures = {}
    for folder, trials in TRIALS.items():
        with Home(options.home / folder, data) as home:
            for trial in trials:
                figures |= measure(trial, trial.read(data, home.workspace), home.searcher)
    keep("asking", figures, options.results)


def ask(cases: Sequence[Case], searcher: Searcher) -> list[Asked]:
    """Take every case through plan, searches, merge and further rounds, as the graph does, but encoded together."""
    known = [source.name for source in searcher.workspace.settings.sources]
    asks: list[Asked] = []
    for case in cases:
        planned = plan(case.turns, known, (), TODAY)
        asks.append(Asked(case=case, plan=planned, pending=planned.questions))
    for made in range(1, ROUNDS + 2):
        _search(asks, searcher)
        for item in asks:
            item.evidence = merge(item.plan, item.retrieved)
            item.after_first = item.after_first or item.evidence
            item.pending = next_questions(item.plan, item.retrieved, item.evidence, made)
    return asks


def _search(asks: Sequence[Asked], searcher: Searcher) -> None:
    pairs = [(item, question) for item in asks for question in item.pending]
    questions = [search_of(question, item.case.asker) for item, question in pairs]
    for (item, question), result in zip(pairs, searcher.search_all(questions), strict=True):
        item.retrieved.append(Retrieved(question=question, result=result))


def measure(trial: Trial, cases: Sequence[Case], searcher: Searcher) -> Figures:
    """Compare the plain search with what the answerer would be given, on both halves."""
    plain = searcher.search_all(
        [
            Question(text=case.turns[-1].text, asker=case.asker, hits=TEN, per_document=trial.per_document)
            for case in cases
        ]
    )
    before = _scores(trial, cases, [[hit.document for hit in result.hits] for result in plain])
    asks = ask(cases, searcher)
    first = _scores(trial, cases, [[item.hit.document for item in asked.after_first[:TEN]] for asked in asks])
    after = _scores(trial, cases, [[item.hit.document for item in asked.evidence[:TEN]] for asked in asks])
    figures: Figures = {}
    for half in ("development", "test"):
        chosen = np.array([half_of(case.id) == half for case in cases])
        gain = (after - before)[chosen]
        low, high = interval(gain)
        figures |= {
            f"{trial.name}, {half}, questions": int(chosen.sum()),
            f"{trial.name}, {half}, plain {trial.measure}": round(float(before[chosen].mean()), 4),
            f"{trial.name}, {half}, first round": round(float(first[chosen].mean()), 4),
            f"{trial.name}, {half}, asked": round(float(after[chosen].mean()), 4),
            f"{trial.name}, {half}, gain": f"{gain.mean():+.4f} [{low:+.4f}, {high:+.4f}]",
        }
    searches = [len(asked.retrieved) for asked in asks]
    return figures | {f"{trial.name}, searches a question": round(float(np.mean(searches)), 2)}


def interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of a mean."""
    draws = np.random.default_rng(7).integers(0, len(values), (SAMPLES, len(values)))
    low, high = np.quantile(values[draws].mean(axis=1), (0.025, 0.975))
    return float(low), float(high)


def _scores(trial: Trial, cases: Sequence[Case], found: Sequence[Sequence[str]]) -> NDArray[np.float64]:
    shares = [
        len(case.gold.intersection(documents)) / len(case.gold) for case, documents in zip(cases, found, strict=True)
    ]
    return np.array([share == 1 if trial.measure == "all gold" else share for share in shares], dtype=np.float64)


def _of_set(name: str) -> Callable[[Path, Workspace], Sequence[Case]]:
    """Read a set of the data folder; what nothing answers has no judgments and is left out."""
    data_set = next(item for item in SETS if item.name == name)

    def read(data: Path, workspace: Workspace) -> Sequence[Case]:
        del workspace
        folder = data / data_set.folder
        known = judgments(data_set, folder, "test") | judgments(data_set, folder, "development")
        return [
            Case(
                id=item["_id"],
                turns=turns_of(item.get("history", []), item["text"]),
                gold=frozenset(known[item["_id"]]),
            )
            for item in _lines(folder / "queries.jsonl")
            if item["_id"] in known and item.get("answerability") != "UNANSWERABLE"
        ]

    return read


def _of_sample(tag: str) -> Callable[[Path, Workspace], Sequence[Case]]:
    """Read the sample's follow-ups, or with no tag what is asked without a conversation."""

    def read(data: Path, workspace: Workspace) -> Sequence[Case]:
        del data
        return [
            Case(
                id=item["id"],
                turns=turns_of(item["history"], item["question"]),
                gold=frozenset(gold["document"] for gold in item["gold"]),
                asker=asker_of(workspace.settings, item["asker"]),
            )
            for item in _lines(QUESTIONS)
            if item["answerable"] and (tag in item["tags"] if tag else not item["history"])
        ]

    return read


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


TRIALS: Mapping[str, Sequence[Trial]] = {
    "multihop": (
        Trial(name="hotpotqa", measure="all gold", per_document=1, read=_of_set("hotpotqa")),
        Trial(name="2wiki", measure="all gold", per_document=1, read=_of_set("2wiki")),
    ),
    "mtrag": (Trial(name="mtrag", measure="R@10", per_document=None, read=_of_set("mtrag")),),
    "sample": (
        Trial(name="sample, follow-ups", measure="R@10", per_document=None, read=_of_sample("followup")),
        Trial(name="sample, asked alone", measure="R@10", per_document=None, read=_of_sample("")),
    ),
}


if __name__ == "__main__":
    main()
