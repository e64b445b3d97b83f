"""Where pairs come from: judgments, files that a person brings, and the library's own headings; each pair once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hone.records import EVERYONE
from retriever.library.library import Library
from retriever.library.rows import Placed
from retriever.ranking.words import content_words
from training.pairs.files import from_files
from training.pairs.texts import DocumentTexts, Text, text_of
from training.records import Ground, Judgment, Pair

LEAST = 0.05  # of a judgment's weight; below it a pair costs a step and teaches nothing
CHOSEN = 0.5  # what a judgment of a whole document is worth for the passage that was chosen
FEWEST_ASKING, FEWEST_BELOW = 2, 8  # content words; "Notes" asks nothing, and a line answers nothing
DRAWN = 4  # passages looked at for each pair wanted: some have no heading, or too little text


@dataclass(frozen=True, slots=True, kw_only=True)
class PairInputs:
    """What pairs are made of."""

    library: Library
    judgments: tuple[Judgment, ...] = ()
    files: tuple[Path, ...] = ()  # that a person brought


def collect(given: PairInputs) -> list[Pair]:
    """Return the pairs that somebody asked for, each once."""
    return once([*from_judgments(given.library, given.judgments), *from_files(given.library, given.files)])


def once(pairs: Iterable[Pair]) -> list[Pair]:
    """Make one pair of those that say the same, with the strongest's weight and what all of them rest on."""
    found: dict[tuple[str, str], Pair] = {}
    for pair in pairs:
        place = (pair.key, pair.passage)
        known = found.get(place)
        found[place] = pair if known is None else _both(known, pair)
    return sorted(found.values(), key=lambda pair: (pair.key, pair.passage))


def from_judgments(library: Library, judgments: Sequence[Judgment]) -> Iterator[Pair]:
    """Return a pair for each judgment that speaks for a passage; what speaks against one makes none."""
    good = [item for item in judgments if item.grade > 0 and item.weight >= LEAST]
    placed = library.place(list({item.passage for item in good if item.passage}))
    shelves = DocumentTexts(library)
    for item in good:
        if item.passage in placed:
            yield _of_judgment(item, text_of(placed[item.passage]), item.weight)
        elif not item.passage and (text := shelves.choose(item.query, item.document)) is not None:
            yield _of_judgment(item, text, item.weight * (1.0 if text.alone else CHOSEN))


def from_headings(library: Library, wanted: int) -> list[Pair]:
    """Make general pairs, the same ones each time, from documents that everybody may read.

    A title and a heading ask, roughly, for what stands below them. Such pairs are easy, and teach little; mixed in
    they hold an encoder to texts that nobody has asked about yet.
    """
    found: list[Pair] = []
    for item in library.sample(DRAWN * wanted) if wanted else ():
        if EVERYONE in item.document.groups and (pair := _of_heading(item)) is not None:
            found.append(pair)
        if len(found) == wanted:
            break
    return once(found)


def _of_judgment(item: Judgment, text: Text, weight: float) -> Pair:
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


def _of_heading(item: Placed) -> Pair | None:
    passage = item.passage
    asked = " ".join(dict.fromkeys(filter(None, (item.document.title, *passage.heading[-1:]))))
    # Title and heading are left out of the text, or the pair could be told by looking at them alone.
    lines = (
        line
        for line in passage.text.split("\n")
        if line.strip(" #*=-\t") not in (item.document.title, *passage.heading)
    )
    text = "\n".join((*filter(None, (passage.preface,)), *lines)).strip()
    if len(content_words(asked)) < FEWEST_ASKING or len(content_words(text)) < FEWEST_BELOW:
        return None
    return Pair(
        query=asked,
        passage=passage.id,
        document=item.document.id,
        text=text,
        grade=2,
        weight=1.0,
        source="headings",
        grounds=(Ground(kind="heading", id=passage.id),),
    )


def _both(one: Pair, other: Pair) -> Pair:
    strongest = max(one, other, key=lambda pair: (pair.grade, pair.weight, pair.source))
    grounds = sorted({*one.grounds, *other.grounds}, key=lambda ground: (ground.kind, ground.id))
    return replace(strongest, weight=max(one.weight, other.weight), grounds=tuple(grounds))
