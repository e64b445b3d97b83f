"""Whether Hone knows when it can answer, and what it quotes, without an LLM: figures 3 and 4 of the ask issue.

Abstention: mtrag (answerable against unanswerable) and the sample, asked as their askers with what was said before. A
calibration is fitted on one half, by a hash of the question's id, and reported on the other, then the other way round;
beside it stands a threshold on the best fused score of the same searches.

Quotes: covid-qa's test questions, and the sample's answerable ones of the half that was not fitted on. An answer
contains the reference when at least 0.6 of the reference's content words (the analyser's tokens without stop words,
each once) are among its own. Baselines are the best passage's first words, as many as the quotes have on average, and
its first three sentences. Intervals are of 2,000 resamplings of the questions.

    python -m benchmarks.answering --home /tmp/answering-homes
"""

import argparse
import hashlib
import json
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.records import Evidence, Plan, Retrieved, Sufficiency, Turn
from agents.rules.calibration import Labelled, fit_calibration
from agents.rules.extracting import extract
from agents.rules.facts import share, terms_of
from agents.rules.merging import merge
from agents.rules.planning import plan
from agents.rules.scoring import Encode, Vectors
from agents.rules.sentences import units_of
from agents.rules.signals import measure_signals
from benchmarks.record import data_folder, keep
from hone.records import EVERYONE, Asker
from hone.settings import asker_of, read_settings
from hone.workspace import Workspace
from retriever import open_searcher
from retriever.progress import Silent
from retriever.searching.fusion import Background
from retriever.searching.searcher import Question, Searcher, background_of
from retriever.sources import Source, known_sources, remember_source, resolved
from retriever.syncing.sync import sync
from sample import QUESTIONS, copy_to

TODAY = date(2026, 11, 20)  # the day that the sample's people ask on
PATIENCE = 60.0
HITS = 20  # as an ask searches
CONTAINED = 0.6
CURVE = (0.4, 0.5, 0.6, 0.7)
RESAMPLINGS = 2000
GIVEN = Sufficiency(verdict="sufficient", probability=1.0)  # quotes are measured apart from whether any are given


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question with what is known about its answer."""

    id: str
    turns: tuple[Turn, ...]
    asker: Asker
    reference: str
    kind: str  # ANSWERABLE, UNANSWERABLE and others


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What was found for a question."""

    asked: Asked
    plan: Plan
    retrieved: tuple[Retrieved, ...]
    evidence: tuple[Evidence, ...]
    background: Background


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A mean with what nineteen of twenty resamplings give."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.3f} ({self.low:.3f} to {self.high:.3f})"


class Remembered:
    """An encoder that keeps what it has made in a file, so that a second run encodes nothing."""

    def __init__(self, encode: Encode, file: Path) -> None:
        self.encode, self.file, self.known = encode, file, dict[str, Vectors]()
        if file.exists():
            found = np.load(file, allow_pickle=False)
            self.known = dict(zip(found["texts"].tolist(), found["vectors"].astype(np.float32), strict=True))

    def __call__(self, texts: Sequence[str]) -> Vectors:
        new = [text for text in dict.fromkeys(texts) if text not in self.known]
        if new:
            self.known.update(zip(new, self.encode(new), strict=True))
        return np.stack([self.known[text] for text in texts])

    def save(self) -> None:
        """Write what is known."""
        texts = np.array(list(self.known), dtype=np.str_)
        np.savez(self.file, texts=texts, vectors=np.stack(list(self.known.values())).astype(np.float16))


def main() -> None:
    """Find or build the workspaces, then measure both figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--home", type=Path, required=True, help="where the workspaces are kept, and found again")
    parser.add_argument("--results", type=Path)
    parser.add_argument("--figures", type=int, nargs="+", choices=[3, 4], default=[3, 4])
    options = parser.parse_args()
    data = data_folder(options.data)
    figures: dict[str, object] = {}
    if 3 in options.figures:
        figures |= abstention(
            {
                "mtrag": measured(options.home / "mtrag", _mtrag(data), data),
                "sample": measured(options.home / "sample", _sample(options.home / "sample"), data),
            }
        )
    if 4 in options.figures:
        figures |= quotes(options.home / "covid-qa", list(_covid(data)), data, "covid-qa test")
        mine = [item for item in _sample(options.home / "sample") if item.kind == "ANSWERABLE" and _half(item.id)]
        figures |= quotes(options.home / "sample", mine, data, "sample, second half")
    keep("answering", figures, options.results)


def measured(home: Path, asked: Iterator[Asked], data: Path) -> list[tuple[Asked, Labelled, float]]:
    """Give each question's signals, and the best fused score of its search."""
    with _Home(home, data) as opened:
        return [
            (
                item.asked,
                Labelled(
                    signals=measure_signals(item.plan, item.retrieved, item.evidence, item.background, opened.encode),
                    answerable=item.asked.kind == "ANSWERABLE",
                ),
                max((hit.hit.score for hit in item.evidence[:1]), default=0.0),
            )
            for item in opened.answer(asked)
            if item.evidence
        ]


def abstention(sets: Mapping[str, list[tuple[Asked, Labelled, float]]]) -> dict[str, object]:
    """Compare calibrations with the best score, on halves that they were not fitted on."""
    figures: dict[str, object] = {}
    for name, rows in sets.items():
        known = [row for row in rows if row[0].kind in {"ANSWERABLE", "UNANSWERABLE"}]
        others = [row[1] for row in rows if row[0].kind == "PARTIAL"]
        labels = np.array([row[1].answerable for row in known])
        halves = np.array([_half(row[0].id) for row in known])
        top = np.array([row[2] for row in known])
        own, both, both_others = np.zeros(len(known)), np.zeros(len(known)), list[float]()
        for half in (0, 1):
            fitted = fit_calibration([row[1] for row in known if _half(row[0].id) == half], "benchmark")
            pooled = fit_calibration(_balanced(sets, half), "benchmark")
            for place in np.flatnonzero(halves != half):
                own[place] = fitted.probability(known[place][1].signals)
                both[place] = pooled.probability(known[place][1].signals)
            both_others += [pooled.probability(row.signals) for row in others]
        figures[f"{name}: questions, without an answer"] = f"{len(known)}, {int((~labels).sum())}"
        for half in (0, 1):
            part = halves != half
            figures[f"{name}: AUROC half {1 - half}, top score, own, pooled"] = ", ".join(
                f"{_auroc(scores[part], labels[part]):.3f}" for scores in (top, own, both)
            )
        pairs = (("top score", top), ("fitted on its other half", own), ("fitted on both sets' other halves", both))
        for title, scores in pairs:
            figures[f"{name}: AUROC, {title}"] = _interval(_halved(scores, labels, halves), len(known))
            figures[f"{name}: risk at coverage, {title}"] = _risks(scores, labels)
        for title, scores in pairs[1:]:
            gain = _gained(_halved(scores, labels, halves), _halved(top, labels, halves))
            figures[f"{name}: AUROC gained, {title}"] = _interval(gain, len(known))
        if both_others:
            figures[f"{name}: mean probability, partial questions"] = round(statistics.fmean(both_others), 3)
    return figures


def quotes(home: Path, asked: Sequence[Asked], data: Path, name: str) -> dict[str, object]:
    """Compare quoted sentences with the best passage's beginning."""
    with _Home(home, data) as opened:
        found = [item for item in opened.answer(iter(asked)) if item.evidence]
        texts, took = list[str](), list[float]()
        for item in found:
            began = time.perf_counter()
            claims = extract(item.plan, item.evidence, GIVEN, opened.encode)
            took.append((time.perf_counter() - began) * 1000)
            texts.append(" ".join(citation.quote for claim in claims for citation in claim.citations))
    references = [item.asked.reference for item in found]
    words = round(statistics.fmean(len(text.split()) for text in texts))
    bodies = [[unit.text for unit in units_of(item.evidence[0].hit)] for item in found]
    rivals = {
        f"first {words} words": [" ".join(" ".join(body).split()[:words]) for body in bodies],
        "first 3 sentences": [" ".join(body[:3]) for body in bodies],
    }
    ours = _recalls(texts, references)
    figures: dict[str, object] = {
        f"{name}: questions, words quoted": f"{len(found)}, {words}",
        f"{name}: quotes contain the reference": _interval(_share_of(ours), len(found)),
        f"{name}: quotes at {CURVE}; mean recall": _curve(ours),
    }
    for title, rival in rivals.items():
        theirs = _recalls(rival, references)
        figures[f"{name}: {title}"] = _interval(_share_of(theirs), len(found))
        figures[f"{name}: {title} at {CURVE}; mean recall"] = _curve(theirs)
        figures[f"{name}: times {title}"] = _interval(_ratio(ours, theirs), len(found))
    figures[f"{name}: p50 of extracting, ms"] = round(statistics.median(took), 1)
    return figures


class _Home:
    """A workspace that is built unless it is there, with its searcher and what its encoder has made."""

    def __init__(self, home: Path, data: Path) -> None:
        if home.name == "sample":
            copy_to(home)
        self.workspace = Workspace(read_settings(home))
        if self.workspace.registry.live() is None:
            _build(self.workspace, data)
        self.searcher: Searcher = open_searcher(self.workspace)
        self.encode = Remembered(self._encode, home / "sentences.npz")

    def __enter__(self) -> "_Home":
        return self

    def __exit__(self, *_: object) -> None:
        self.encode.save()
        self.searcher.close()
        self.workspace.close()

    def _encode(self, texts: Sequence[str]) -> Vectors:
        with self.searcher.live.current() as opened:
            return opened.encoder.encode_passages(texts)

    def answer(self, asked: Iterator[Asked]) -> Iterator[Answered]:
        """Plan, search and merge, as an ask does in its first round."""
        with self.searcher.live.current() as opened:
            background = background_of(opened)
        sources = frozenset(known_sources(self.workspace.settings, self.workspace.database))
        for item in asked:
            made = plan(item.turns, sources, frozenset(), TODAY)
            wanted = [
                Question(text=one.text, asker=item.asker, filters=one.filters, hits=HITS) for one in made.questions
            ]
            results = self.searcher.search_all(wanted) if wanted else ()
            retrieved = tuple(
                Retrieved(question=one, result=result) for one, result in zip(made.questions, results, strict=True)
            )
            yield Answered(
                asked=item,
                plan=made,
                retrieved=retrieved,
                evidence=merge(made, retrieved),
                background=background,
            )


def _build(workspace: Workspace, data: Path) -> None:
    name = workspace.home.name
    names: list[str] = []
    if name != "sample":
        source = Source(name=name, location=resolved(data / name), groups=frozenset({EVERYONE}))
        remember_source(workspace.database, source, synced=None)
        names = [name]
    sync(workspace, names, Silent(), wait=PATIENCE)


def _mtrag(data: Path) -> Iterator[Asked]:
    for row in _rows(data / "mtrag" / "queries.jsonl"):
        yield Asked(
            id=row["_id"],
            turns=_turns(row["history"], row["text"]),
            asker=Asker(),
            reference=row["reference"],
            kind=row["answerability"],
        )


def _sample(home: Path) -> Iterator[Asked]:
    copy_to(home)
    settings = read_settings(home)
    for row in _rows(QUESTIONS):
        yield Asked(
            id=row["id"],
            turns=_turns(row["history"], row["question"]),
            asker=asker_of(settings, row["asker"]),
            reference=row["answer"],
            kind="ANSWERABLE" if row["answerable"] else "UNANSWERABLE",
        )


def _covid(data: Path) -> Iterator[Asked]:
    lines = (data / "covid-qa" / "qrels" / "test.tsv").read_text(encoding="utf-8").splitlines()[1:]
    tested = {line.split("\t")[0] for line in lines}
    for row in _rows(data / "covid-qa" / "queries.jsonl"):
        if row["_id"] in tested:
            turns = _turns([], row["text"])
            yield Asked(id=row["_id"], turns=turns, asker=Asker(), reference=row["answer"], kind="ANSWERABLE")


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    for line in file.open(encoding="utf-8"):
        yield json.loads(line)


def _turns(history: Sequence[Sequence[str]], text: str) -> tuple[Turn, ...]:
    before = [Turn(role="user" if role == "user" else "assistant", text=said) for role, said in history]
    return (*before, Turn(role="user", text=text))


def _half(name: str) -> int:
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % 2


def _balanced(sets: Mapping[str, list[tuple[Asked, Labelled, float]]], half: int) -> list[Labelled]:
    """Give a half of every set, each set weighing as much, and a quarter of it the questions without an answer."""
    rows: list[Labelled] = []
    for known in sets.values():
        mine = [
            item for asked, item, _ in known if _half(asked.id) == half and asked.kind in {"ANSWERABLE", "UNANSWERABLE"}
        ]
        able = sum(item.answerable for item in mine)
        weights = {True: 150 / able, False: 50 / (len(mine) - able)}
        rows += [
            Labelled(signals=item.signals, answerable=item.answerable, weight=weights[item.answerable]) for item in mine
        ]
    return rows


Choice = NDArray[np.int64]
Statistic = Callable[[Choice], float]


def _interval(statistic: Statistic, count: int) -> str:
    chance = np.random.default_rng(7)
    values = [statistic(chance.integers(0, count, count)) for _ in range(RESAMPLINGS)]
    low, high = np.nanquantile(values, [0.025, 0.975])
    return str(Interval(mean=statistic(np.arange(count)), low=float(low), high=float(high)))


def _halved(scores: NDArray[np.float64], labels: NDArray[np.bool_], halves: Choice) -> Statistic:
    """Give the mean of the two halves' AUROC: their scores come from two fits, and don't compare."""

    def statistic(chosen: Choice) -> float:
        parts = (chosen[halves[chosen] == half] for half in (0, 1))
        return float(np.mean([_auroc(scores[part], labels[part]) for part in parts]))

    return statistic


def _gained(ours: Statistic, theirs: Statistic) -> Statistic:
    return lambda chosen: ours(chosen) - theirs(chosen)


def _share_of(recalls: NDArray[np.float64]) -> Statistic:
    return lambda chosen: float((recalls[chosen] >= CONTAINED).mean())


def _ratio(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> Statistic:
    def statistic(chosen: Choice) -> float:
        rival = float((theirs[chosen] >= CONTAINED).mean())
        return float((ours[chosen] >= CONTAINED).mean()) / rival if rival else float("nan")

    return statistic


def _auroc(scores: NDArray[np.float64], labels: NDArray[np.bool_]) -> float:
    able, lacking = scores[labels], scores[~labels]
    if not len(able) or not len(lacking):
        return float("nan")
    return float((able[:, None] > lacking).mean() + (able[:, None] == lacking).mean() / 2)


def _risks(scores: NDArray[np.float64], labels: NDArray[np.bool_]) -> str:
    """Give the share without an answer among the surest 20, 40, 60, 80 and 100 of a hundred questions."""
    order = np.argsort(-scores, kind="stable")
    shares = (0.2, 0.4, 0.6, 0.8, 1.0)
    return ", ".join(f"{part:.0%}: {float((~labels[order[: round(part * len(order))]]).mean()):.3f}" for part in shares)


def _recalls(texts: Sequence[str], references: Sequence[str]) -> NDArray[np.float64]:
    return np.array([share(terms_of(one), terms_of(text)) for text, one in zip(texts, references, strict=True)])


def _curve(recalls: NDArray[np.float64]) -> str:
    points = ", ".join(f"{float((recalls >= level).mean()):.3f}" for level in CURVE)
    return f"{points}; {float(recalls.mean()):.3f}"


if __name__ == "__main__":
    main()
