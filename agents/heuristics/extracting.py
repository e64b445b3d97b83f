"""The answer without an LLM: the one block that holds it, whole; more only for parts, sides, and where it is open."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from agents.heuristics.blocks import AnswerBlock, read_block
from agents.heuristics.choosing import ReadTokens, ScoredBlock, answering_sentence, score_blocks
from agents.heuristics.facts import share, terms_of
from agents.heuristics.parts import parts_of, spoken
from agents.heuristics.reading import read_plainly
from agents.heuristics.sentences import cite
from agents.heuristics.showing import shown
from agents.records import Claim, Conflict, Evidence, Plan, Sufficiency

NEAR = 2.0  # log odds below the best block, within which the next may as well be meant
SAME = 0.6  # share of a block's words from which it says what another has said
MARKED = 160  # characters of a block from which the answering sentence is marked


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenBlock:
    """A block that answers a part of a question, or all of it."""

    part: str  # empty where it answers the whole question
    scored: ScoredBlock


def extract(plan: Plan, evidence: Sequence[Evidence], sufficiency: Sufficiency, read: ReadTokens) -> tuple[Claim, ...]:
    """Quote the block that answers, one for each part of a question and for each side of a conflict.

    Where it is open which block answers, and the next one is nearly as likely, both are shown.
    """
    if sufficiency.verdict in {"insufficient", "out_of_scope"} or not evidence:
        return ()
    chosen = _chosen(plan, evidence, sufficiency, read)
    told = [item for item in chosen if item.part not in sufficiency.missing or not item.part]
    return tuple(_claim(item, line=2 * number) for number, item in enumerate(told))  # a paragraph each


def _chosen(plan: Plan, evidence: Sequence[Evidence], sufficiency: Sufficiency, read: ReadTokens) -> list[ChosenBlock]:
    """Choose the blocks that an answer shows, in its order."""
    parts = parts_of(plan)
    questions = [item.text for item in parts] or [plan.standalone]
    scored = score_blocks(questions, evidence, read)
    if sufficiency.conflicts:
        return [ChosenBlock(part="", scored=item) for item in _sides(scored[0], sufficiency.conflicts)]
    if not parts:
        near = _near(scored[0]) if sufficiency.verdict == "best_match" else []
        return [ChosenBlock(part="", scored=item) for item in (*scored[0][:1], *near)]
    names = [spoken(item.text, plan) for item in parts]
    best = [ChosenBlock(part=name, scored=own[0]) for name, own in zip(names, scored, strict=True) if own]
    places = [(item.scored.candidate.evidence.number, item.scored.candidate.block.start) for item in best]
    if len(set(places)) == 1:  # one block answers all parts
        return [replace(best[0], part="")]
    return [item for number, item in enumerate(best) if places[number] not in places[:number]]


def _near(scored: Sequence[ScoredBlock]) -> list[ScoredBlock]:
    """Return the next block where it may as well be meant: nearly as likely, and saying something else."""
    near = [item for item in scored[1:2] if item.score > scored[0].score - NEAR]
    first = scored[0].candidate.block
    return [
        item
        for item in near
        if (item.candidate.block.form != "code" or first.form == "code")
        and share(terms_of(item.candidate.block.text), terms_of(first.text)) < SAME
    ]


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
    spans = shown(block, hit.text, answering)
    text = "\n".join(_read(block, hit.text[span.start : span.end]) for span in spans)
    marked = sentences[answering] if block.form in ("paragraph", "list") and len(sentences) > 1 else ""
    return Claim(
        text=text,
        citations=tuple(cite(scored.candidate.evidence, span) for span in spans),
        support="quoted",
        marked=marked if len(text) >= MARKED and marked in text else "",
        part=chosen.part,
        line=line,
    )


def _read(block: AnswerBlock, quote: str) -> str:
    return block.text if block.form == "row" else read_block(block.form, quote)
