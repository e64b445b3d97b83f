"""What a reader is worth on worlds that it was not trained on: fitted on the others, told on the one left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from agents.heuristics.choosing import ScoredBlock, score_blocks
from agents.heuristics.facts import share, terms_of
from agents.heuristics.signals import signals_of
from agents.records import Turn
from benchmarks.homes import TODAY
from benchmarks.readers.groups import Readable
from benchmarks.readers.oneway import OneWayReader, read
from benchmarks.readers.tokens import Words
from benchmarks.worlds.asking import open_world
from benchmarks.worlds.known import World, WorldQuestion, drawn
from eval.answers.risk import auroc
from eval.calibration.calibrate import first_round
from eval.calibration.fit import COUNTED, LabelledSignals, fit_calibration
from eval.records import GoldFinder
from hone.progress import Silent
from retriever.library.library import Library

loose: Any = torch  # its stubs are in part untyped

GOLD = 0.8  # of a quote's words that a block has to hold
FEATURES = ("matched", "within", "cosine", "asks")
READER = "reader"
RIDGE = 1.0

Rows = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """A question of a world with its blocks as they are chosen among now."""

    answerable: bool
    blocks: Rows  # a row of features for each block, the reader's score last
    right: NDArray[np.bool_]
    signals: Mapping[str, float]  # of the block that is chosen now, and the reader's best score


def meet(world: World, home: Path, count: int, reader: OneWayReader, words: Words) -> list[Met]:
    """Find the blocks of a world's questions and let the reader score them."""
    hone = open_world(world, home, Silent())
    try:
        finder = GoldFinder(Library(hone.workspace.database))
        asked = drawn(world.read(hone.workspace.settings), count, seed=1)
        searcher = hone.searcher

        def tokens(texts: Sequence[str]) -> Any:
            with searcher.live.current() as opened:
                return opened.encoder.encode_tokens(texts)

        found = list[Met]()
        for item in asked:
            question = item.question
            turns = (*question.history, Turn(role="user", text=question.text))
            first = first_round(turns, question.asker, searcher, TODAY)
            scored = score_blocks([first.plan.standalone], first.evidence, tokens)[0]
            if scored and question.answerable is not None:
                found.append(_met(item, first.plan.standalone, scored, finder, reader, words))
        return found
    finally:
        hone.close()


def _met(
    item: WorldQuestion,
    standalone: str,
    scored: Sequence[ScoredBlock],
    finder: GoldFinder,
    reader: OneWayReader,
    words: Words,
) -> Met:
    texts = [Readable(text=one.candidate.text, under=len(one.candidate.under)) for one in scored]
    words.encode([standalone, *(text.text for text in texts)])
    scores = read(reader, words, standalone, words.weigh(standalone, texts), [text.text for text in texts])
    gold = {document.id for document in finder.find(item.question).documents}
    features = [[*(one.features[name] for name in FEATURES), score] for one, score in zip(scored, scores, strict=True)]
    return Met(
        answerable=bool(item.question.answerable),
        blocks=np.array(features),
        right=np.array([_answers(item, one, gold) for one in scored]),
        signals={**signals_of(standalone, scored), READER: float(scores.max())},
    )


def _answers(item: WorldQuestion, one: ScoredBlock, gold: set[str]) -> bool:
    if one.candidate.evidence.hit.document not in gold:
        return False
    words = terms_of(one.candidate.block.text)
    return any(share(terms_of(quote), words) >= GOLD for quote in item.question.contexts)


def table(worlds: Mapping[str, Sequence[Met]]) -> dict[str, object]:
    """Compute every figure of every world, fitted on all the others."""
    figures = dict[str, object]()
    for name, met in worlds.items():
        others = [own for other, own in worlds.items() if other != name]
        quoted = [own for own in others if any(one.right.any() for one in own)]
        if quoted and any(one.right.any() for one in met):
            figures[f"{name}: right block first"] = _first(met, _choice(quoted, last=4))
            figures[f"{name}: with the reader"] = _first(met, _choice(quoted, last=5))
            figures[f"{name}: the reader alone"] = _first(met, np.array([0.0, 0.0, 0.0, 0.0, 1.0]))
        if len({one.answerable for one in met}) > 1 and any(map(_labelled, others)):
            figures[f"{name}: AUROC"] = _auroc(met, others, COUNTED)
            figures[f"{name}: AUROC with the reader"] = _auroc(met, others, (*COUNTED, READER))
            alone = np.array([one.signals[READER] for one in met])
            figures[f"{name}: AUROC of the reader alone"] = round(auroc(alone, _labels(met)), 3)
    return figures


def _first(met: Sequence[Met], weights: Rows) -> str:
    """Say for how many questions the block that scores highest answers, of those where any does."""
    own = [one for one in met if one.right.any()]
    right = [bool(one.right[int(np.argmax(one.blocks[:, : len(weights)] @ weights))]) for one in own]
    return f"{np.mean(right):.3f} of {len(own)}"


def _choice(worlds: Sequence[Sequence[Met]], last: int) -> Rows:
    """Fit a choice among the blocks of each question; every world counts the same."""
    known = [[one for one in met if one.right.any()] for met in worlds]
    rows = np.concatenate([one.blocks[:, :last] for met in known for one in met])
    spread = np.maximum(rows.std(0), 1e-6)
    fitted = torch.zeros(last, dtype=torch.float64, requires_grad=True)
    optimizer: Any = torch.optim.LBFGS([fitted], max_iter=60)

    def loss() -> float:
        optimizer.zero_grad()
        total: Any = RIDGE * (fitted**2).sum()
        for met in known:
            for one in met:
                scores = loose.from_numpy(one.blocks[:, :last] / spread) @ fitted
                missed = torch.logsumexp(scores, 0) - torch.logsumexp(scores[loose.from_numpy(one.right)], 0)
                total = total + 100 / len(met) * missed
        total.backward()
        return float(total.detach())

    optimizer.step(loss)
    return fitted.detach().numpy() / spread


def _auroc(met: Sequence[Met], others: Sequence[Sequence[Met]], signals: Sequence[str]) -> float:
    rows = [row for own in others for row in _labelled(own)]
    fitted = fit_calibration(rows, "", signals)
    return round(auroc(np.array([fitted.probability(one.signals) for one in met]), _labels(met)), 3)


def _labelled(met: Sequence[Met]) -> list[LabelledSignals]:
    """Weigh a world's questions so that every world, and both kinds within it, counts the same."""
    kinds = {kind: sum(one.answerable is kind for one in met) for kind in (True, False)}
    if not all(kinds.values()):
        return []
    return [
        LabelledSignals(signals=one.signals, answerable=one.answerable, weight=100 / kinds[one.answerable])
        for one in met
    ]


def _labels(met: Sequence[Met]) -> Rows:
    return np.array([float(one.answerable) for one in met])
