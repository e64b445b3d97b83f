"""From a fused order to a page: permitted, grouped by document, nothing said twice, and a few shuffled a little.

Shuffled pages show how far down people look. FairPairs (Radlinski and Joachims, 2006): no hit moves by more than one
place, which costs people next to nothing, and between neighbours the comparison is as fair as a lottery.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

from hone.records import Asker, Channel, Hit, SearchResult, Shuffle
from retriever.library.rows import Placed

SHORT = 12  # words; below that two texts are the same only when they are equal
NEAR = 0.9  # share of three-word runs in common from which two passages say the same
RUN = 3

_WORD = re.compile(r"\w+")


@dataclass(slots=True, kw_only=True)
class Entry:
    """A place on the page, and the documents that say the same."""

    placed: Placed
    score: float
    also_in: list[str] = field(default_factory=list[str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How long a page is, and how much of it one document may take."""

    hits: int
    per_document: int


def lay_out(
    order: Iterable[tuple[str, float]], placed: Mapping[str, Placed], asker: Asker, layout: Layout
) -> Sequence[Entry]:
    """Fill a page from the best down; permission is checked once more, against the library as it is now."""
    page: list[Entry] = []
    prints: list[frozenset[str]] = []
    taken: Counter[str] = Counter()
    for name, score in order:
        if len(page) >= layout.hits:
            break
        item = placed.get(name)
        if item is None or not asker.may_read(item.document.groups) or taken[item.document.id] >= layout.per_document:
            continue
        shape = _print_of(item.passage.text)
        twin = next((entry for entry, known in zip(page, prints, strict=True) if _same(known, shape)), None)
        if twin is not None:
            _note(twin, item)
            continue
        taken[item.document.id] += 1
        page.append(Entry(placed=item, score=score))
        prints.append(shape)
    return page


def near_identical(one: str, other: str) -> bool:
    """Check whether a page would show two texts as one."""
    return _same(_print_of(one), _print_of(other))


def _note(twin: Entry, item: Placed) -> None:
    name = item.document.id
    if name != twin.placed.document.id and name not in twin.also_in:
        twin.also_in.append(name)


def _print_of(text: str) -> frozenset[str]:
    words = _WORD.findall(text.casefold())
    if len(words) < SHORT:
        return frozenset({" ".join(text.casefold().split())})
    return frozenset(" ".join(words[start : start + RUN]) for start in range(len(words) - RUN + 1))


def _same(one: frozenset[str], other: frozenset[str]) -> bool:
    smaller, larger = sorted((len(one), len(other)))
    if smaller < NEAR * larger:
        return False
    shared = len(one & other)
    return shared >= NEAR * (len(one) + len(other) - shared)


PLACES = 10  # below them next to nobody looks, and training counts all places as one
PAGE = "page"  # the stage that keeps the order before


def shuffled(result: SearchResult, share: float) -> SearchResult:
    """Shuffle a page if it falls into the share; its own order stays as a stage."""
    shuffle = draw(result.search_id, len(result.hits), share)
    if shuffle is None:
        return result
    ranked = [
        replace(hit, channels={**hit.channels, PAGE: Channel(rank=hit.rank, score=hit.score)}) for hit in result.hits
    ]
    hits = tuple(replace(hit, rank=rank) for rank, hit in enumerate(_swapped(ranked, shuffle), 1))
    order = tuple((hit.passage, hit.score) for hit in result.hits)
    return replace(result, hits=hits, stages={**result.stages, PAGE: order}, shuffle=shuffle)


def draw(search_id: str, hits: int, share: float) -> Shuffle | None:
    """Draw by a search's id whether its page is shuffled, and how: the same each time."""
    if share <= 0:
        return None
    digest = sha256(search_id.encode()).digest()
    if int.from_bytes(digest[:8]) / 2**64 >= share:
        return None
    first, coins = 1 + (digest[8] & 1), int.from_bytes(digest[9:11])
    pairs = (min(hits, PLACES) - first + 1) // 2
    return Shuffle(first=first, swapped=tuple(bool(coins >> pair & 1) for pair in range(pairs))) if pairs > 0 else None


def _swapped(hits: list[Hit], shuffle: Shuffle) -> list[Hit]:
    hits = list(hits)
    for pair, swapped in enumerate(shuffle.swapped):
        upper = shuffle.first - 1 + 2 * pair
        if swapped:
            hits[upper], hits[upper + 1] = hits[upper + 1], hits[upper]
    return hits
