"""The answer without an LLM: the one block that holds it, whole; more only for parts, sides, and where it is open."""

from collections.abc import Iterator, Sequence

from agents.heuristics.blocks import AnswerBlock, read_block
from agents.heuristics.choosing import ReadTokens, ScoredBlock, answering_sentence, score_blocks
from agents.heuristics.parts import parts_of
from agents.heuristics.reading import read_plainly
from agents.heuristics.selecting import ChosenBlock, select
from agents.heuristics.sentences import cite
from agents.heuristics.showing import shown
from agents.records import Claim, Conflict, Evidence, Plan, Sufficiency

BRIEF = 320  # characters of a block that is shown beside another
MARKED = 160  # characters of a block from which the answering sentence is marked
MOST_MARKED = 0.6  # share of a block that is marked at most; more of it stands out from nothing


def extract(plan: Plan, evidence: Sequence[Evidence], sufficiency: Sufficiency, read: ReadTokens) -> tuple[Claim, ...]:
    """Quote the block that answers, one for each part of a question and for each side of a conflict.

    Others that are nearly as likely stand beside it, in brief.
    """
    if sufficiency.verdict in {"insufficient", "out_of_scope"} or not evidence:
        return ()
    chosen = _chosen(plan, evidence, sufficiency, read)
    told = [item for item in chosen if item.part not in sufficiency.missing or not item.part]
    return tuple(_claim(item, line=2 * number) for number, item in enumerate(told))  # a paragraph each


def _chosen(plan: Plan, evidence: Sequence[Evidence], sufficiency: Sufficiency, read: ReadTokens) -> list[ChosenBlock]:
    """Choose the blocks that an answer shows, in its order."""
    parts = parts_of(plan)
    whole, *own = score_blocks([plan.standalone, *(item.text for item in parts)], evidence, read)
    chosen = select(whole, {part.text: scored for part, scored in zip(parts, own, strict=True)})
    if not sufficiency.conflicts:
        return chosen
    sides = [ChosenBlock(scored=item) for item in _sides(whole, sufficiency.conflicts)]
    told = {item.scored.candidate.evidence.number for item in sides}
    others = [item for item in chosen if item.part and not item.beside and item.place[0] not in told]
    return [*sides, *others]


def _sides(scored: Sequence[ScoredBlock], conflicts: Sequence[Conflict]) -> Iterator[ScoredBlock]:
    """Take the best block of each passage that is in conflict, the newer first."""
    for number in dict.fromkeys(side for one in conflicts for side in (one.newer, one.older)):
        own = [item for item in scored if item.candidate.evidence.number == number]
        if own:
            yield own[0]


def _claim(chosen: ChosenBlock, line: int) -> Claim:
    """Quote a block; of a long one the sentence that answers comes first."""
    scored = chosen.scored
    hit, block = scored.candidate.evidence.hit, scored.candidate.block
    sentences = [read_plainly(hit.text[start:end]) for start, end in block.sentences]
    answering = answering_sentence(scored, sentences)
    spans = shown(block, hit.text, answering, most=BRIEF) if chosen.beside else shown(block, hit.text, answering)
    text = "\n".join(_read(block, hit.text[span.start : span.end]) for span in spans)
    marked = sentences[answering] if block.form in ("paragraph", "list") and len(sentences) > 1 else ""
    return Claim(
        text=text,
        citations=tuple(cite(scored.candidate.evidence, span) for span in spans),
        support="quoted",
        marked=marked if _stands_out(marked, text) and not chosen.beside else "",
        part=chosen.part,
        beside=chosen.beside,
        code=block.form == "code",
        line=line,
    )


def _stands_out(marked: str, text: str) -> bool:
    return len(text) >= MARKED and marked in text and len(marked) <= MOST_MARKED * len(text)


def _read(block: AnswerBlock, quote: str) -> str:
    return block.text if block.form == "row" else read_block(block.form, quote)
