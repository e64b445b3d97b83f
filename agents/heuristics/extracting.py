"""The answer without an LLM: the sentences that hold it, to the letter and in a readable order."""

import re
from collections.abc import Sequence

from agents.heuristics.scoring import CandidateSentence, Encode, ScoredSentence, score
from agents.heuristics.sentences import TextSpan, Unit, cite, read_aloud, units_of
from agents.records import Claim, Evidence, Plan, Sufficiency

MOST_CLAIMS = 4
FOR_ONE = 3  # sentences for a question of one part
MARGIN = 3.0  # log odds below the best one, from which a sentence is not quoted any more
ALIKE = 0.6  # cosine of two sentences from which the second loses by what it repeats
REPETITION = 2.5  # log odds that a whole repetition costs, for 0.4 of cosine

_LEANING = re.compile(
    r"(?:it|this|that|these|those|they|he|she|its|their|his|her|such|there|then|otherwise|if not|so|both)\b",
    re.IGNORECASE,
)


def extract(plan: Plan, evidence: Sequence[Evidence], sufficiency: Sufficiency, encode: Encode) -> tuple[Claim, ...]:
    """Quote one to four stretches that answer the question and its parts; none where the evidence is not enough."""
    if sufficiency.verdict in {"insufficient", "out_of_scope"} or not evidence:
        return ()
    questions = questions_of(plan)
    chosen: list[ScoredSentence] = []
    for scored in score(questions, evidence, encode):
        if sufficiency.conflicts:
            chosen += _both_sides(scored, sufficiency, chosen)
        chosen += _choose(scored, chosen, max(MOST_CLAIMS // len(questions), 1) if len(questions) > 1 else FOR_ONE)
    return tuple(_claim(item) for item in _readable(chosen[:MOST_CLAIMS]))


def questions_of(plan: Plan) -> tuple[str, ...]:
    """Return the parts that an answer has to cover: what was asked, not what was searched for along the way."""
    parts = tuple(dict.fromkeys(item.text for item in plan.questions if item.reason == "part"))
    return parts if len(parts) > 1 else (plan.standalone,)


def _choose(scored: Sequence[ScoredSentence], before: Sequence[ScoredSentence], most: int) -> list[ScoredSentence]:
    """Take the best, then what is nearly as good and says something else."""
    chosen: list[ScoredSentence] = []
    pool: list[ScoredSentence] = [item for item in scored if not _said(item, before)]
    best = max((item.score for item in pool), default=0.0)
    while pool and len(chosen) < most:
        item: ScoredSentence = max(pool, key=lambda one: one.score - _repeated(one, [*before, *chosen]))
        if item.score - _repeated(item, [*before, *chosen]) < best - MARGIN:
            break
        chosen.append(item)
        pool = [other for other in pool if not _said(other, [item])]
    return chosen


def _said(item: ScoredSentence, chosen: Sequence[ScoredSentence]) -> bool:
    return any(item.candidate.terms == other.candidate.terms for other in chosen)


def _repeated(item: ScoredSentence, chosen: Sequence[ScoredSentence]) -> float:
    closest = max((float(item.vector @ other.vector) for other in chosen), default=0.0)
    return REPETITION * max(closest - ALIKE, 0.0) / (1.0 - ALIKE)


def _both_sides(
    scored: Sequence[ScoredSentence], sufficiency: Sufficiency, before: Sequence[ScoredSentence]
) -> list[ScoredSentence]:
    """Take the best sentence of each passage that is in conflict."""
    taken = {item.candidate.evidence.number for item in before}
    sides = dict.fromkeys(side for conflict in sufficiency.conflicts for side in (conflict.older, conflict.newer))
    found: list[ScoredSentence] = []
    for number in sides:
        own = [item for item in scored if item.candidate.evidence.number == number]
        if own and number not in taken:
            found.append(max(own, key=lambda item: item.score))
    return found


def _readable(chosen: Sequence[ScoredSentence]) -> list[CandidateSentence]:
    """Put the passage with the best sentence first, and each passage's sentences as they stand in it."""
    best: dict[int, float] = {}
    for item in chosen:
        number = item.candidate.evidence.number
        best[number] = max(best.get(number, item.score), item.score)
    found = [item.candidate for item in chosen]
    return sorted(found, key=lambda item: (-best[item.evidence.number], item.evidence.number, item.place))


def _claim(candidate: CandidateSentence) -> Claim:
    """Quote a stretch, with the sentence before it where it leans on that."""
    unit, hit = candidate.unit, candidate.evidence.hit
    before = units_of(hit)[candidate.place - 1] if candidate.place else None
    if before is not None and unit.form == before.form == "sentence" and _LEANING.match(unit.text):
        unit = Unit(form="sentence", text=hit.text[before.start : unit.end], start=before.start, end=unit.end)
    citation = cite(candidate.evidence, TextSpan(start=unit.start, end=unit.end))
    return Claim(text=read_aloud(unit), citations=(citation,), support="quoted")
