"""A few pages with neighbours that changed places by the toss of a coin, so that clicks show how far down people look.

FairPairs (Radlinski and Joachims, 2006): no hit moves by more than one place, which costs people next to nothing, and
between neighbours the comparison is as fair as a lottery.
"""

from dataclasses import replace
from hashlib import sha256

from hone.records import Channel, Hit, SearchResult, Shuffle

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
