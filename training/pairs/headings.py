"""Pairs that the library makes by itself: a title and a heading ask, roughly, for what stands below them.

They are easy, and teach little; mixed in they hold an encoder to texts that nobody has asked about yet.
"""

from collections.abc import Iterator

from hone.records import EVERYONE
from retriever.library.rows import Placed
from training.pairs.questions import words_of
from training.pairs.sources import PairInputs
from training.records import Ground, Pair

FEWEST_ASKING, FEWEST_BELOW = 2, 8  # content words; "Notes" asks nothing, and a line answers nothing
DRAWN = 4  # passages looked at for each pair wanted: some have no heading, or too little text


def from_headings(given: PairInputs) -> Iterator[Pair]:
    """Make as many pairs as are wanted, the same ones each time, from documents that everybody may read."""
    left = given.general
    for item in given.library.sample(DRAWN * given.general) if left else ():
        pair = _pair(item) if EVERYONE in item.document.groups else None
        if pair is None:
            continue
        yield pair
        left -= 1
        if not left:
            return


def _pair(item: Placed) -> Pair | None:
    passage = item.passage
    asked = " ".join(dict.fromkeys(filter(None, (item.document.title, *passage.heading[-1:]))))
    # Title and heading are left out of the text, or the pair could be told by looking at them alone.
    lines = (
        line
        for line in passage.text.split("\n")
        if line.strip(" #*=-\t") not in (item.document.title, *passage.heading)
    )
    text = "\n".join((*filter(None, (passage.preface,)), *lines)).strip()
    if len(words_of(asked)) < FEWEST_ASKING or len(words_of(text)) < FEWEST_BELOW:
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
