"""Pairs from what the log and the labels say."""

from collections.abc import Iterator

from training.pairs.sources import PairInputs
from training.pairs.texts import DocumentTexts, Text, text_of
from training.records import Judgment, Pair

LEAST = 0.05  # of a judgment's weight; below it a pair costs a step and teaches nothing
CHOSEN = 0.5  # what a judgment of a whole document is worth for the passage that was chosen


def from_judgments(given: PairInputs) -> Iterator[Pair]:
    """Return a pair for each judgment that speaks for a passage; what speaks against one makes none."""
    good = [item for item in given.judgments if item.grade > 0 and item.weight >= LEAST]
    placed = given.library.place(list({item.passage for item in good if item.passage}))
    shelves = DocumentTexts(given.library)
    for item in good:
        if item.passage in placed:
            yield _pair(item, text_of(placed[item.passage]), item.weight)
        elif not item.passage and (text := shelves.choose(item.query, item.document)) is not None:
            yield _pair(item, text, item.weight * (1.0 if text.alone else CHOSEN))


def _pair(item: Judgment, text: Text, weight: float) -> Pair:
    return Pair(
        query=item.query,
        passage=text.passage,
        document=text.document,
        text=text.text,
        grade=item.grade,
        weight=weight,
        source="log",
        grounds=item.grounds,
        restricted=text.restricted,
    )
