"""The words around claims: what an answer says besides what it quotes."""

from collections.abc import Sequence
from itertools import groupby, pairwise

from agents.records import Claim, Conflict, Evidence, Intent, Plan, Sufficiency

GREETING = "Hello! Ask me anything about the company's documents."
OUTSIDE = "I answer questions from your company's documents, and this isn't something they would cover."
NOTHING = "I couldn't find an answer in the documents you can access."
UNCLEAR = "I'm not sure what you're asking. Could you put it another way?"
CLOSEST = "This looks closest:"
SEE_ALSO = "See also:"
LATE = "I ran out of time before I could answer. These documents looked closest."
FAILED = "I can't search the documents right now. Please try again in a moment."
WITHOUT: dict[Intent, str] = {"greeting": GREETING, "out_of_scope": OUTSIDE, "unclear": UNCLEAR, "question": FAILED}


def compose(claims: Sequence[Claim], sufficiency: Sufficiency, evidence: Sequence[Evidence]) -> str:
    """Put claims, what they disagree on and what is missing into one text."""
    said = [claim for claim in claims if claim.support != "unsupported"]
    if not said:
        return NOTHING
    parts = [body_of(said)]
    if sufficiency.verdict == "best_match" and all(claim.support == "quoted" for claim in said):
        parts.insert(0, CLOSEST)
    if sufficiency.verdict == "conflicting":
        parts = [_disagreement(conflict, evidence) for conflict in sufficiency.conflicts] + parts
    if sufficiency.missing:
        parts.append(f"I found nothing about: {'; '.join(sufficiency.missing)}.")
    if sufficiency.may_mean:
        parts.append(f"Do you mean {' or '.join(sufficiency.may_mean)}?")
    return "\n\n".join(parts)


def body_of(claims: Sequence[Claim]) -> str:
    """Write what was found: claims with their marks, under the parts of the question if it had some."""
    main = [claim for claim in claims if not claim.beside] or list(claims)
    body = _in_parts(main) if any(claim.part for claim in main) else in_lines(main)
    beside = [with_marks(claim) for claim in claims if claim.beside] if len(main) < len(claims) else []
    return "\n\n".join([body, SEE_ALSO, *beside] if beside else [body])


def in_lines(claims: Sequence[Claim]) -> str:
    """Write claims with their marks, in the lines and lists that they were written in; what is quoted has none."""
    if any("\n" in claim.text for claim in claims):
        return "\n\n".join(map(with_marks, claims))
    lines = [list(group) for _, group in groupby(claims, key=lambda claim: claim.line)]
    written = [_line(lines[0])] if lines else []
    for before, line in pairwise(lines):
        written += [_between(before[-1], line[0]), _line(line)]
    return "".join(written)


def _in_parts(claims: Sequence[Claim]) -> str:
    """Write claims under the part of the question that each answers."""
    return "\n\n".join(
        (f"On “{part.rstrip(' ?.!')}”:\n\n" if part else "") + in_lines(list(own))
        for part, own in groupby(claims, key=lambda claim: claim.part)
    )


def with_marks(claim: Claim) -> str:
    """Put a claim's citation marks behind it, unless its writer has."""
    marks = "".join(f"[{number}]" for number in dict.fromkeys(citation.number for citation in claim.citations))
    return claim.text if not marks or claim.text.rstrip(" .").endswith("]") else f"{claim.text} {marks}"


def _line(claims: Sequence[Claim]) -> str:
    return " ".join(filter(None, (claims[0].lead, *map(with_marks, claims))))


def _between(before: Claim, after: Claim) -> str:
    if before.lead and after.lead:
        return "\n"
    if before.lead or after.lead or after.line - before.line > 1:
        return "\n\n"
    return " "  # a line that was only broken


def without_search(plan: Plan) -> str:
    """Answer what needs no search."""
    if plan.ask_back:
        return plan.ask_back
    return WITHOUT[plan.intent]


def _disagreement(conflict: Conflict, evidence: Sequence[Evidence]) -> str:
    hits = {item.number: item.hit for item in evidence}
    older, newer = hits[conflict.older], hits[conflict.newer]
    later, earlier = (f"“{hit.title}”" for hit in (newer, older))
    if newer.modified.date() != older.modified.date():
        later, earlier = (f"“{hit.title}” of {hit.modified:%d %B %Y}" for hit in (newer, older))
    later, earlier = f"{later} [{conflict.newer}]", f"{earlier} [{conflict.older}]"
    return f"Sources disagree about {conflict.about}: {later} says something different from {earlier}."
