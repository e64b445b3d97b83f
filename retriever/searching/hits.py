"""From places on a page to hits: what is shown, with the scores that it was found by."""

from collections.abc import Mapping, Sequence

from hone.records import Channel, ConfirmedBy, Hit
from retriever.library.rows import Placed
from retriever.searching.page import Entry

Order = tuple[tuple[str, float], ...]


def hits_of(
    entries: Sequence[Entry], stages: Mapping[str, Order], confirmed: Mapping[str, ConfirmedBy]
) -> tuple[Hit, ...]:
    """Make the hits of a page, each with its rank and score in every stage that it passed, and who confirmed it."""
    channels = {
        stage: {name: Channel(rank=rank, score=score) for rank, (name, score) in enumerate(order, 1)}
        for stage, order in stages.items()
    }
    return tuple(
        hit_of(
            entry.placed,
            rank,
            entry.score,
            {
                stage: found[entry.placed.passage.id]
                for stage, found in channels.items()
                if entry.placed.passage.id in found
            },
            entry.also_in,
            confirmed.get(entry.placed.passage.id),
        )
        for rank, entry in enumerate(entries, 1)
    )


def hit_of(
    item: Placed,
    rank: int,
    score: float = 0.0,
    channels: Mapping[str, Channel] | None = None,
    also_in: Sequence[str] = (),
    confirmed: ConfirmedBy | None = None,
) -> Hit:
    """Make a hit of a passage, with the scores it was found by where they are known."""
    passage, document = item.passage, item.document
    return Hit(
        rank=rank,
        document=document.id,
        passage=passage.id,
        title=document.title,
        heading=passage.heading,
        text=passage.text,
        start=passage.start,
        end=passage.end,
        page=passage.page,
        source=document.source,
        path=document.path,
        kind=document.kind,
        url=document.url,
        modified=document.modified,
        score=score,
        channels=channels or {},
        also_in=tuple(also_in),
        confirmed=confirmed,
    )
