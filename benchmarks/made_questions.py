"""Questions made from a library's own passages, to ask what a verdict learns from them where nobody has labelled any.

A question is half of a sentence's words. It has an answer as it was found, and none once the sentence's document is
taken out of what was found.
"""

import random
from collections.abc import Iterator
from dataclasses import replace

from agents.heuristics.merging import merge
from agents.heuristics.reading import read_plainly
from agents.records import Retrieved, Turn
from benchmarks.homes import TODAY, Home
from eval.answers.abstention import sentences_of
from eval.calibration.calibrate import FirstRound, first_round, signals_of
from eval.calibration.fit import LabelledSignals
from hone.records import Asker
from retriever.library.library import Library

COUNT = 150  # questions of a library
FEWEST, MOST = 8, 30  # words of a sentence that one is made of
SEED = 3


def made(opened: Home) -> list[LabelledSignals]:
    """Measure a library's made questions, each with its document and without."""
    chance = random.Random(SEED)
    library = Library(opened.workspace.database)
    asker = Asker(groups=frozenset(library.groups()))
    rows: list[LabelledSignals] = []
    for placed in library.sample(4 * COUNT):
        text = _half(read_plainly(placed.passage.text), chance)
        if not text or len(rows) >= 2 * COUNT:
            continue
        found = first_round((Turn(role="user", text=text),), asker, opened.searcher, TODAY)
        for round_, answerable in _both(found, placed.document.id):
            signals = signals_of(round_, opened.searcher)
            if signals:
                rows.append(LabelledSignals(signals=signals, answerable=answerable))
    return rows


def _half(text: str, chance: random.Random) -> str:
    """Take half of the words of one of a text's sentences, in their order."""
    sentences = [words for one in sentences_of(text) if FEWEST <= len(words := one.split()) <= MOST]
    if not sentences:
        return ""
    words = chance.choice(sentences)
    return " ".join(words[place] for place in sorted(chance.sample(range(len(words)), max(4, len(words) // 2))))


def _both(found: FirstRound, document: str) -> Iterator[tuple[FirstRound, bool]]:
    if any(item.hit.document == document for item in found.evidence):
        yield found, True
    without = tuple(_without(item, document) for item in found.retrieved)
    evidence = merge(found.plan, without)
    if evidence:
        yield FirstRound(plan=found.plan, retrieved=without, evidence=evidence), False


def _without(item: Retrieved, document: str) -> Retrieved:
    if item.result is None:
        return item
    hits = tuple(hit for hit in item.result.hits if hit.document != document)
    return replace(item, result=replace(item.result, hits=hits))
