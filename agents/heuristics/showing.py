"""How much of a block is shown: all of a short one, of a long one what stands around the sentence that answers."""

import re

from agents.heuristics.blocks import LONG, LONGEST, AnswerBlock
from agents.heuristics.sentences import TextSpan

_ITEM = re.compile(r"(?P<indent>[ \t]*)(?P<mark>[-*+•–]|\d{1,3}[.)]|[a-z]\))\s+")
_LEANING = re.compile(
    r"(?:it|this|that|these|those|they|he|she|its|their|his|her|such|there|then|otherwise|if not|so|both|however)\b",
    re.IGNORECASE,
)


def shown(block: AnswerBlock, text: str, answering: int, most: int | None = None) -> list[TextSpan]:
    """Return the stretches of a passage that are shown of its block, in the order they stand."""
    if block.form == "list":
        return _of_list(block, text, answering, most)
    room = most or LONG
    cut = block.form == "paragraph" or (block.form == "code" and most is not None)
    if not cut or len(block.text) <= room:
        return [TextSpan(start=block.start, end=block.end)]
    leans = answering and _LEANING.match(text[block.sentences[answering][0] :])
    first = answering - 1 if leans else answering
    return [TextSpan(start=block.sentences[first][0], end=_reach(block, text, first, room))]


def _of_list(block: AnswerBlock, text: str, answering: int, room: int | None) -> list[TextSpan]:
    """Show steps and what is announced together; items of a list that nothing announces stand alone."""
    items = {
        place: found
        for place, (start, _) in enumerate(block.sentences)
        if (found := _ITEM.match(text, _line_start(text, start)))
    }
    head = min(items, default=0)
    together = head > 0 or (bool(items) and items[head]["mark"][0].isdigit())
    most = room or (LONGEST if together else LONG)
    if len(block.text) <= most:
        return [TextSpan(start=block.start, end=block.end)]
    first = max(answering, head)
    parents = [place for place, found in items.items() if place < first and _is_above(found, items.get(first))]
    begin, own_end = block.sentences[first]
    last = _reach(block, text, first, most) if together or _announces(text, (begin, own_end)) else own_end
    alone = not head and not parents and last == own_end
    before = [TextSpan(start=block.start, end=block.sentences[head - 1][1])] if head else []
    above = [
        TextSpan(start=_line_start(text, block.sentences[at][0]), end=block.sentences[at][1]) for at in parents[-1:]
    ]
    return [*before, *above, TextSpan(start=begin if alone else _line_start(text, begin), end=last)]


def _is_above(one: re.Match[str], other: re.Match[str] | None) -> bool:
    return other is not None and len(one["indent"].expandtabs()) < len(other["indent"].expandtabs())


def _reach(block: AnswerBlock, text: str, first: int, most: int) -> int:
    """Find where to end: whole sentences are shown, as many as have room, and none that only announces the next."""
    sentences, begin = block.sentences, block.sentences[first][0]
    fitting = [place for place in range(first, len(sentences)) if sentences[place][1] - begin <= most]
    last = max(fitting, default=first)
    while last > first and _announces(text, sentences[last]):
        last -= 1
    if _announces(text, sentences[last]) and last + 1 < len(sentences):
        last += 1
    return sentences[last][1]


def _announces(text: str, sentence: tuple[int, int]) -> bool:
    return text[slice(*sentence)].rstrip(" *_").endswith((":", ",", "："))


def _line_start(text: str, place: int) -> int:
    return text.rfind("\n", 0, place) + 1
