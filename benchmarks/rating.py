"""How far the rater without an LLM agrees with labels, and its fit: `eval/rating/fits/default.json`.

The ten best results of every labelled question of covid-qa, multihop, mtrag and the sample (asked as its askers, what
was said before taken in by the planner) are graded by what the labels say:

    3  a labelled passage that holds the answer (its words, the answer's name, the quote)
    2  a labelled passage that does not show it by itself, or holds one part of several; or another passage of the
       labelled document or paper that has 0.6 of the answer's words
    1  any other passage of a labelled document or paper
    0  all else, which includes passages that answer and that nobody labelled

Each set is halved by a hash of paper, conversation or document, and graded by a rater fitted on the other half of every
set; `unseen` is by one fitted on the other sets alone. Every set weighs the same in a fit. Kappa is quadratic; its
interval draws whole questions.

    python -m benchmarks.rating --home /tmp/rating-homes --fit eval/rating/fits/default.json
"""

import argparse
import csv
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from agents.fitted import save_fit
from agents.heuristics.facts import share, terms_of
from agents.heuristics.planning import plan
from agents.records import Turn
from benchmarks.ordinal_fit import fit_ordinal
from benchmarks.record import data_folder, keep
from benchmarks.resampling import spearman
from eval.rating.fitted import VERSION, FittedRater, GradedSignals, OrdinalModel, SetAgreement
from eval.rating.judge import pwas
from eval.rating.signals import COUNTED, SIGNALS, measure
from eval.statistics import weighted_kappa
from hone.progress import Silent
from hone.records import EVERYONE, Asker, Hit
from hone.settings import asker_of, read_settings
from hone.workspace import Workspace
from retriever import open_searcher
from retriever.searching.searcher import Question, Searcher
from retriever.sources.source import Source, known_sources, remember_source, resolved
from retriever.sources.sync import sync
from sample import QUESTIONS, copy_to

TODAY = date(2026, 11, 20)  # the day that the sample's people ask on
SHOWN = 10
MOST = 700  # questions of one set, drawn by a hash of their ids
HELD = 0.6  # of the answer's words
FEWEST_WORDS = 4  # of an answer that another passage of the same document may be found to hold by its words
LABELS = " ".join(__doc__.split("\n\n")[2].split()) if __doc__ else ""
RIVALS = {"fused alone": ("fused",), "dense alone": ("dense",), "bm25 alone": ("bm25",), "all signals": SIGNALS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question, and what tells how good a result of it is."""

    id: str
    group: str  # questions of one group fall into one half
    text: str
    asker: Asker
    grade: Callable[[Hit], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One graded result, in the order it was shown."""

    question: str
    half: int
    grade: int
    signals: Mapping[str, float]


def main() -> None:
    """Measure the agreement, and write the fit on everything where a file is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--home", type=Path, required=True, help="where the workspaces are kept, and found again")
    parser.add_argument("--results", type=Path)
    parser.add_argument("--fit", type=Path, help="where to write the rater that is fitted on everything")
    options = parser.parse_args()
    data = data_folder(options.data)
    encoder, sets = "", dict[str, list[Row]]()
    for name in ASKED:
        encoder, sets[name] = measured(name, options.home / name, data)
    figures, agreement = agreements(sets)
    fitted = FittedRater(
        version=VERSION,
        encoder=encoder,
        model=fit(sets, COUNTED),
        labels=LABELS,
        results=sum(map(len, sets.values())),
        agreement=tuple(agreement),
    )
    keep("rating", figures | {"weights": _weights(fitted.model)}, options.results)
    if options.fit:
        save_fit(fitted, options.fit)


def agreements(sets: Mapping[str, list[Row]]) -> tuple[dict[str, object], list[SetAgreement]]:
    """Compare grades with labels, set by set, on what the rater was not fitted on."""
    figures, found = dict[str, object](), list[SetAgreement]()
    for name, rows in sets.items():
        labels, clusters = [row.grade for row in rows], [row.question for row in rows]
        given = _crossed(sets, name, COUNTED)
        others = fit({other: sets[other] for other in sets if other != name}, COUNTED)
        kappa = weighted_kappa(labels, given, clusters=clusters)
        foreign = [others.grade(row.signals) for row in rows]
        unseen = weighted_kappa(labels, foreign, clusters=clusters)
        mine, theirs = _pages(rows, given), _pages(rows, labels)
        agreed = SetAgreement(
            name=name,
            questions=len(mine),
            results=len(rows),
            kappa=round(kappa.mean, 3),
            low=round(kappa.low, 3),
            high=round(kappa.high, 3),
            unseen=round(unseen.mean, 3),
            pwas=round(float(np.mean(mine)), 4),
            unseen_pwas=round(float(np.mean(_pages(rows, foreign))), 4),
            labelled=round(float(np.mean(theirs)), 4),
        )
        found.append(agreed)
        shares = np.bincount(labels, minlength=4) / len(labels)
        figures |= {
            f"{name}: questions, results": f"{agreed.questions}, {agreed.results}",
            f"{name}: labels 0 1 2 3": " ".join(f"{part:.3f}" for part in shares),
            f"{name}: kappa": str(kappa),
            f"{name}: kappa, fitted on other sets": str(unseen),
            f"{name}: PWAS by rater, by labels": f"{agreed.pwas:.3f}, {agreed.labelled:.3f}",
            f"{name}: PWAS by rater fitted on other sets": f"{agreed.unseen_pwas:.3f}",
            f"{name}: Spearman of questions' PWAS": str(spearman(mine, theirs)),
        }
        for title, signals in RIVALS.items():
            rival = weighted_kappa(labels, _crossed(sets, name, signals), clusters=clusters)
            figures[f"{name}: kappa by {title}"] = str(rival)
    return figures, found


def fit(sets: Mapping[str, list[Row]], signals: Sequence[str], half: int | None = None) -> OrdinalModel:
    """Fit on sets that weigh the same, or on a half of each."""
    rows: list[GradedSignals] = []
    for known in sets.values():
        mine = [row for row in known if half is None or row.half == half]
        weight = 1000 / len(mine)
        rows += [GradedSignals(signals=row.signals, grade=row.grade, weight=weight) for row in mine]
    return fit_ordinal(rows, signals)


def measured(name: str, home: Path, data: Path) -> tuple[str, list[Row]]:
    """Measure every labelled question of a set, once; a second run finds the signals in the home."""
    home.mkdir(parents=True, exist_ok=True)
    if name == "sample":
        copy_to(home)
    workspace = Workspace(read_settings(home))
    if workspace.registry.live() is None:
        _build(workspace, data)
    live = workspace.registry.live()
    assert live is not None
    file = home / "signals.jsonl"
    if not file.exists():
        searcher = open_searcher(workspace)
        rows = [row for asked in ASKED[name](data, workspace) for row in _rows(searcher, asked)]
        file.write_text("".join(json.dumps(asdict(row)) + "\n" for row in rows), encoding="utf-8")
        searcher.close()
    workspace.close()
    return live.model.card.hash, [Row(**read) for read in _lines(file)]


def _rows(searcher: Searcher, asked: Asked) -> Iterator[Row]:
    result = next(iter(searcher.search_all([Question(text=asked.text, asker=asked.asker, hits=SHOWN)])))
    half = _number(asked.group) % 2
    for hit, signals in zip(result.hits, measure(searcher, asked.text, result.hits, asked.asker), strict=True):
        yield Row(question=asked.id, half=half, grade=asked.grade(hit), signals=signals)


def _crossed(sets: Mapping[str, list[Row]], name: str, signals: Sequence[str]) -> list[int]:
    """Grade each half of a set by what was fitted on the other half of all."""
    models = {half: fit(sets, signals, half) for half in (0, 1)}
    return [models[1 - row.half].grade(row.signals) for row in sets[name]]


def _pages(rows: Sequence[Row], grades: Sequence[int]) -> list[float]:
    pairs = zip(rows, grades, strict=True)
    return [pwas([grade for _, grade in page]) or 0.0 for _, page in groupby(pairs, key=lambda pair: pair[0].question)]


def _weights(model: OrdinalModel) -> str:
    return ", ".join(f"{item.signal} {item.weight:.2f}" for item in model.weights)


def _build(workspace: Workspace, data: Path) -> None:
    name = workspace.home.name
    if name != "sample":
        source = Source(name=name, address=resolved(data / name), groups=frozenset({EVERYONE}))
        remember_source(workspace.database, source, synced=None)
    sync(workspace, [] if name == "sample" else [name], Silent(), wait=60.0)


def _covid(data: Path, _: Workspace) -> Iterator[Asked]:
    folder = data / "covid-qa"
    gold = _gold(folder, "train", "dev", "test")
    for row in sorted(_lines(folder / "queries.jsonl"), key=lambda row: _number(row["_id"]))[:MOST]:
        names = gold[row["_id"]]
        paper = next(iter(names)).rsplit("-", 1)[0]
        yield Asked(
            id=row["_id"],
            group=paper,
            text=row["text"],
            asker=Asker(),
            grade=_by_words(names, row["answer"], lambda hit: hit.path.rsplit("-", 1)[0], paper),
        )


def _by_words(gold: frozenset[str], answer: str, group_of: Callable[[Hit], str], group: str) -> Callable[[Hit], int]:
    words = terms_of(answer)

    def grade(hit: Hit) -> int:
        held = share(words, terms_of(hit.text)) >= HELD
        if hit.path in gold:
            return 3 if held else 2
        if group_of(hit) != group:
            return 0
        return 2 if held and len(words) >= FEWEST_WORDS else 1

    return grade


def _multihop(data: Path, _: Workspace) -> Iterator[Asked]:
    gold = _gold(data / "multihop", "hotpotqa", "2wiki")
    for row in _lines(data / "multihop" / "queries.jsonl"):
        answers = [answer.casefold() for answer in row["answers"]]

        def grade(hit: Hit, names: frozenset[str] = gold[row["_id"]], answers: Sequence[str] = tuple(answers)) -> int:
            if hit.path not in names:
                return 0
            text = f"{hit.title}\n{hit.text}".casefold()
            return 3 if any(answer in text for answer in answers) else 2

        yield Asked(id=row["_id"], group=row["_id"], text=row["text"], asker=Asker(), grade=grade)


def _mtrag(data: Path, workspace: Workspace) -> Iterator[Asked]:
    gold = _gold(data / "mtrag", "test")
    sources = frozenset(known_sources(workspace.settings, workspace.database))
    for row in _lines(data / "mtrag" / "queries.jsonl"):
        kind = row["answerability"]
        if kind == "UNDERSPECIFIED":
            continue  # nobody knows what is asked
        names = gold.get(row["_id"], frozenset())

        def grade(hit: Hit, names: frozenset[str] = names, whole: int = 3 if kind == "ANSWERABLE" else 2) -> int:
            if hit.path in names:
                return whole
            return int(hit.path.rsplit("-", 2)[0] in {name.rsplit("-", 2)[0] for name in names})

        text = _standalone(row["history"], row["text"], sources)
        yield Asked(id=row["_id"], group=row["_id"].split("<")[0], text=text, asker=Asker(), grade=grade)


def _sample(_: Path, workspace: Workspace) -> Iterator[Asked]:
    sources = frozenset(known_sources(workspace.settings, workspace.database))
    for row in _lines(QUESTIONS):
        quotes = {_spaced(item["quote"]): item["document"] for item in row["gold"]}
        names = frozenset(quotes.values())

        def grade(
            hit: Hit,
            names: frozenset[str] = names,
            quotes: Sequence[str] = tuple(quotes),
            words: frozenset[str] = terms_of(row["answer"]),
        ) -> int:
            if hit.document not in names:
                return 0
            held = share(words, terms_of(hit.text)) >= HELD
            if any(quote in _spaced(hit.text) for quote in quotes):
                return 3 if held or len(quotes) == 1 else 2
            return 2 if held else 1

        yield Asked(
            id=row["id"],
            group=min(names, default=row["id"]),
            text=_standalone(row["history"], row["question"], sources),
            asker=asker_of(workspace.settings, row["asker"]),
            grade=grade,
        )


ASKED: dict[str, Callable[[Path, Workspace], Iterator[Asked]]] = {
    "covid-qa": _covid,
    "multihop": _multihop,
    "mtrag": _mtrag,
    "sample": _sample,
}


def _standalone(history: Sequence[Sequence[str]], text: str, sources: frozenset[str]) -> str:
    before = [Turn(role="user" if role == "user" else "assistant", text=said) for role, said in history]
    return plan((*before, Turn(role="user", text=text)), sources, frozenset(), TODAY).standalone or text


def _gold(folder: Path, *splits: str) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for split in splits:
        with (folder / "qrels" / f"{split}.tsv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                found.setdefault(row["query-id"], set()).add(row["corpus-id"])
    return {name: frozenset(names) for name, names in found.items()}


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    for line in file.open(encoding="utf-8"):
        yield json.loads(line)


def _number(name: str) -> int:
    return int(hashlib.sha256(name.encode()).hexdigest(), 16)


def _spaced(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    main()
