"""Sentence-transformers models on a person's own questions and documents: quality, fit, size, speed, and a choice.

A model's passages go through the workspace's vector cache: an interrupted run goes on where it was, and an index
that is built with the model afterwards finds its vectors made.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.model_selection.choice import Facts, ModelChoice, ModelScores, choose
from eval.model_selection.coverage import coverage_of, evenly, open_tokenizer
from eval.model_selection.report import models_report
from eval.model_selection.scoring import (
    MEASURES,
    Corpus,
    Found,
    Ranker,
    ScoredSystem,
    Speed,
    lines_of,
    measure_speeds,
    score_systems,
    shown_leg,
)
from eval.pinned import open_pinned
from eval.records import EvalQuestion, GoldFinder, QuestionSet
from eval.reports.blocks import Report
from eval.reports.writing import finish
from eval.retrieval import require_gold
from eval.runs import EvalRun, Plain, begin, reranker_settings
from eval.summary import summarise
from hone.errors import HoneError
from hone.progress import Progress
from hone.records import EncoderCard, FusionWeights
from hone.registry import Generation, model_id
from hone.workspace import Workspace
from retriever.encoding.encoder import Encoder
from retriever.encoding.modelcheck import flatten, read_parts, weight_files
from retriever.encoding.modelfolder import find_model_folder
from retriever.encoding.vectorcache import VectorCache, encode_cached
from retriever.indexing.build import text_of
from retriever.indexing.encoders import PACKAGED, TRAINED, Encoders
from retriever.indexing.keeping import require_live
from retriever.library.library import Library
from retriever.ranking.fusion import weights_of
from retriever.searching.live import OpenIndex
from retriever.searching.searcher import Searcher, background_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedModel:
    """One model, and how its legs are weighed."""

    name: str
    encoder: Encoder
    weights: FusionWeights


def entries_of(workspace: Workspace, live: Generation, models: Sequence[str]) -> list[ComparedModel]:
    """Open the live model, the packaged one and those that are named, each once; one encoder can have two weighings."""
    encoders, found = Encoders(workspace), dict[tuple[str, FusionWeights], ComparedModel]()
    wanted = [(live.model.location, live.model.card.truncate_dim), ("", None), *((name, None) for name in models)]
    for place, (location, dimensions) in enumerate(wanted):
        encoder = encoders.open(location, dimensions)
        learned = _learned(workspace, location, encoder.card) if place else live.model.fusion
        short = PACKAGED if location in ("", "default") else Path(location).name
        name, weights = model_id(short, encoder.card, learned), weights_of(learned)
        found.setdefault((encoder.card.hash, weights), ComparedModel(name=name, encoder=encoder, weights=weights))
    first = next(iter(found.values()))
    if first.encoder.card.hash != live.model.card.hash:
        raise HoneError(
            f"The live model {live.model.location!r} has changed on the disk since the index was built.",
            hint=f"Put the old model back, or rebuild: hone index rebuild --encoder {live.model.location}",
        )
    return list(found.values())


def _learned(workspace: Workspace, location: str, card: EncoderCard) -> FusionWeights | None:
    """Return the weights of a trained model; a folder that only other models were weighed with has none."""
    encoders = Encoders(workspace)
    folder = Path(encoders.place(location)).resolve()
    known = (
        item.fusion
        for item in workspace.registry.models()
        if item.card.hash == card.hash
        and item.location.startswith(f"{TRAINED}/")
        and Path(encoders.place(item.location)).resolve() == folder
    )
    return next(known, None)


NOT_STATED = "not stated"
LONGEST = 200_000  # characters of a card that are read

_MATTER = re.compile(r"\A---[ \t]*\r?\n(.*?)\r?\n---", re.DOTALL)
_KEY = re.compile(r"^(?P<key>license(?:_name)?):[ \t]*(?P<value>[^\r\n#]*)", re.MULTILINE)
_ITEM = re.compile(r"\s*\r?\n\s*-\s*(?P<value>[^\r\n#]+)")


def licence_of(folder: Path) -> str:
    """Read a licence from the card's metadata, or from the first line of a licence file."""
    card = _text(folder / "README.md")
    matter = _MATTER.match(card)
    found = {item["key"]: _value(item, matter[1]) for item in _KEY.finditer(matter[1])} if matter else {}
    named = found.get("license", "")
    if named == "other":
        named = found.get("license_name", "") or named
    if named:
        return named
    for name in ("LICENSE", "LICENSE.txt", "LICENSE.md"):
        first = next((line.strip(" #*\t") for line in _text(folder / name).splitlines() if line.strip()), "")
        if first:
            return f"{first[:60]} ({name})"
    return NOT_STATED


def _value(found: re.Match[str], matter: str) -> str:
    value = found["value"].strip().strip("\"'")
    listed = _ITEM.match(matter, found.end()) if not value else None
    return listed["value"].strip().strip("\"'") if listed else value.strip("[]")


def _text(file: Path) -> str:
    if not file.is_file():
        return ""
    with file.open(encoding="utf-8", errors="replace") as card:
        return card.read(LONGEST)


KIND = "models"
NEEDS_GOLD = "Comparing models needs known answers. To make some: hone evaluate questions"
SAMPLED = 2000  # passages that tokenizers are tried on
TIMED_PASSAGES, TIMED_QUERIES = 32, 20  # a few seconds a model on one core
HASH = "hash"  # an encoder without a model folder


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsJob:
    """What is compared, on what."""

    questions: QuestionSet
    models: Sequence[str]  # names or folders, beside the live one and the packaged one


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A comparison that was kept, and what it says."""

    run: EvalRun
    report: Report


def evaluate_models(workspace: Workspace, order: ModelsJob, progress: Progress) -> Compared:
    """Compare models; each is opened by the same checks as one that serves."""
    live = require_live(workspace)
    finder = GoldFinder(Library(workspace.database))
    known = [finder.find(question) for question in order.questions.questions]
    asked = [item for item in zip(order.questions.questions, known, strict=True) if item[1].scorable]
    require_gold(order.questions, known, NEEDS_GOLD)
    entries = entries_of(workspace, live, order.models)
    corpus = _corpus(workspace)
    with begin(workspace.home, KIND, _settings(workspace, order, live, entries, len(corpus.ids))) as run:
        found, facts = _measured(workspace, live, entries, corpus, [item for item, _ in asked], progress)
        scored = score_systems(asked, corpus, found)
        lines = lines_of(order.questions.questions, known, scored, finder)
        (run.folder / "scores.jsonl").unlink(missing_ok=True)  # of a run that was cut off between here and its end
        run.append(line.model_dump_json() for line in lines)
        choice = _choice(facts, scored)
        report = models_report(run.settings(), summarise(lines), facts, choice)
        summary = {"headline": f"{choice.name}: {choice.why}", "choice": choice, "models": facts}
        finish(run, {**summary, "scores": summarise(lines)}, report)
    return Compared(run=run, report=report)


def _measured(
    workspace: Workspace,
    live: Generation,
    entries: Sequence[ComparedModel],
    corpus: Corpus,
    questions: Sequence[EvalQuestion],
    progress: Progress,
) -> tuple[dict[str, list[Found]], list[Facts]]:
    searcher, cache = open_pinned(workspace, live), VectorCache(workspace.vectors)
    if searcher.reranking is not None:
        searcher.reranking.reranker()  # one that can't be used would be measured as if there were none
    found = dict[str, list[Found]]()
    try:
        with searcher.live.current() as opened:
            for entry in entries:
                progress.stage(f"encoding with {entry.name}", len(corpus.texts))
                found[entry.name] = _ranked(entry, cache, corpus, questions, searcher, opened, progress)
    finally:
        cache.close()
        searcher.close()
    progress.stage("timing", None)
    timed = evenly(corpus.texts, TIMED_PASSAGES)
    asked = [question.text for question in questions[:TIMED_QUERIES]]
    speeds = measure_speeds([entry.encoder for entry in entries], timed, asked)
    return found, [_facts(workspace, entry, corpus, speed) for entry, speed in zip(entries, speeds, strict=True)]


def _ranked(
    entry: ComparedModel,
    cache: VectorCache,
    corpus: Corpus,
    questions: Sequence[EvalQuestion],
    searcher: Searcher,
    opened: OpenIndex,
    progress: Progress,
) -> list[Found]:
    vectors = encode_cached(entry.encoder, cache, corpus.texts, progress.advance)
    asked = entry.encoder.encode_queries([question.text for question in questions])
    # What serves has its background from when it was built; another model's would be measured as the index is.
    deployed = entry.encoder.card.hash == opened.generation.model.card.hash
    background = background_of(opened) if deployed else None
    return list(Ranker(corpus, vectors, entry.weights, background).rank(questions, asked, searcher, opened))


def _facts(workspace: Workspace, entry: ComparedModel, corpus: Corpus, speed: Speed) -> Facts:
    card = entry.encoder.card
    folder = None if card.model == HASH else find_model_folder(Encoders(workspace).place(card.model))
    tokenizer = open_tokenizer(folder) if folder else None
    sample = [f"{card.passage_prompt}{text}" for text in evenly(corpus.texts, SAMPLED)]
    return Facts(
        name=entry.name,
        card=card,
        licence=licence_of(folder) if folder else NOT_STATED,
        weights=sum(file.stat().st_size for part in flatten(read_parts(folder)) for file in weight_files(part.folder))
        if folder
        else None,
        vectors=len(corpus.texts) * card.dimensions * 4,
        coverage=coverage_of(tokenizer, sample, card.max_tokens) if tokenizer else None,
        speed=speed,
        fusion=entry.weights,
    )


def _corpus(workspace: Workspace) -> Corpus:
    placed = list(Library(workspace.database).changed(0))
    return Corpus(
        ids=tuple(item.passage.id for item in placed),
        documents=tuple(item.document.id for item in placed),
        groups=tuple(item.document.groups for item in placed),
        texts=tuple(text_of(item) for item in placed),
    )


def _choice(facts: Sequence[Facts], scored: Mapping[str, ScoredSystem]) -> ModelChoice:
    measure, shown = str(MEASURES[0]), shown_leg(list(scored))
    contestants = [
        ModelScores(
            name=item.name,
            scores=[row[measure] for row in scored[f"{item.name}:{shown}"].scores.values()],
            cost=item.speed.passage_cost,
            dimensions=item.card.dimensions,
        )
        for item in facts
    ]
    return choose(facts[0].name, contestants)


def _settings(
    workspace: Workspace, order: ModelsJob, live: Generation, entries: Sequence[ComparedModel], passages: int
) -> Plain:
    return {
        "questions": order.questions.settings(),
        "models": [
            {
                "name": entry.name,
                "location": entry.encoder.card.model,
                "hash": entry.encoder.card.hash,
                "weights": entry.weights.stored(),
            }
            for entry in entries
        ],
        "passages": passages,
        "measures": [str(measure) for measure in MEASURES],
        "generation": live.id,
        **reranker_settings(workspace),
        "library_revision": Library(workspace.database).revision(),
    }
