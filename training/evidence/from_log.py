"""What the log says of passages: what people did, what answers cited, and what wordings before a success meant."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from hone.log.interactions import Interaction, key_of
from hone.log.traces import Act, AskTrace, Traces
from training.records import STRENGTHS, Kind, RelevanceEvidence

Trouble = Literal[
    "its search is not in the log", "its result was not shown", "another person's search", "nothing was cited"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A question and a passage that was shown for it."""

    query: str
    passage: str
    document: str
    share: float = 1.0  # of the weight, where one word was said of several passages

    @property
    def key(self) -> str:
        """Return the question, normalised."""
        return key_of(self.query)


def subjects_of(act: Act, traces: Traces) -> list[Subject] | Trouble:
    """Find what was done to a passage, or why that can't be told."""
    seen = traces.searches.get(act.search)
    if seen is None:
        return "its search is not in the log"
    if act.person and seen.person and act.person != seen.person:
        return "another person's search"
    asked = asked_by(act, traces)
    found: list[Subject] = []
    if act.object in seen.shown:
        found.append(Subject(query=seen.query, passage=act.object, document=seen.document(act.object)))
    if asked is not None and (act.object in asked.cited or act.object in asked.given):
        document = asked.cited.get(act.object) or seen.document(act.object)
        found.append(Subject(query=asked.question, passage=act.object, document=document))
    return list(_once(found)) or "its result was not shown"


def answered(asked: AskTrace, traces: Traces) -> Iterator[Subject]:
    """Return what an answer cited: for the whole question, and for each part of it whose search showed it."""
    yield from _once([*_of_whole(asked), *_of_parts(asked, traces)])


def asked_by(act: Act, traces: Traces) -> AskTrace | None:
    """Find the ask that an act belongs to, also where whoever logged it did not say so."""
    return traces.asks.get(traces.owner(act))


def person_of(act: Act, traces: Traces) -> str:
    """Find who did it: systems that log a person with the search often leave it out of events."""
    seen = traces.searches.get(act.search)
    return act.person or (seen.person if seen else "")


def evidence_of(subject: Subject, kind: Kind, act: Act, traces: Traces) -> RelevanceEvidence:
    """Make evidence of an act."""
    seen, strength = traces.searches[act.search], STRENGTHS[kind]
    return RelevanceEvidence(
        query=subject.query,
        passage=subject.passage,
        document=subject.document,
        kind=kind,
        grade=strength.grade,
        weight=strength.weight * subject.share,
        person=person_of(act, traces),
        asked=seen.at,
        when=act.at,
        grounds=(act.id,),
        search=act.search,
        ask=asked.id if (asked := asked_by(act, traces)) else "",
        rank=act.rank,
    )


def _of_whole(asked: AskTrace) -> Iterator[Subject]:
    for passage, document in asked.cited.items():
        yield Subject(query=asked.question, passage=passage, document=document, share=1 / len(asked.cited))


def _of_parts(asked: AskTrace, traces: Traces) -> Iterator[Subject]:
    for part in asked.parts:
        seen = traces.searches.get(part.search)
        cited = [passage for passage in asked.cited if seen and passage in seen.shown]
        for passage in cited:
            yield Subject(query=part.text, passage=passage, document=asked.cited[passage], share=1 / len(cited))


def _once(subjects: list[Subject]) -> Iterator[Subject]:
    known: set[tuple[str, str]] = set()
    for subject in subjects:
        place = (subject.key, subject.passage)
        if place[0] and place not in known:
            known.add(place)
            yield subject


KINDS: Mapping[str, Kind] = {
    "relevant": "relevant",
    "thumb_up": "thumb_up",
    "thumb_down": "thumb_down",
    "open": "taken",
    "copy": "taken",
    "click": "click",
}
OF_ANSWERS = frozenset({"thumb_up", "thumb_down", "copy"})  # these may be about an answer, and name no passage


def from_acts(traces: Traces, dropped: Counter[tuple[str, str]]) -> Iterator[RelevanceEvidence]:
    """Return what acts say of passages; one that says nothing is counted with the reason."""
    for act in traces.acts:
        kind = KINDS.get(act.action)
        if kind is None or (act.action == "copy" and not act.object):
            continue  # no word about a passage: a new wording, or an answer copied, which `from_answers` looks at
        found = subjects_of(act, traces) if act.object else _of_answer(act, traces)
        if isinstance(found, str):
            dropped[found, kind] += 1
            continue
        for subject in found:
            yield evidence_of(subject, kind, act, traces)


def _of_answer(act: Act, traces: Traces) -> list[Subject] | Trouble:
    """Find what the answer cited; a thumb down is about the whole answer, so its parts' questions are left out."""
    seen, asked = traces.searches.get(act.search), asked_by(act, traces)
    if seen is None:
        return "its search is not in the log"
    if act.person and seen.person and act.person != seen.person:
        return "another person's search"
    if asked is None or act.action not in OF_ANSWERS:
        return "nothing was cited"
    found = list(answered(asked, traces))
    if act.action == "thumb_down":
        found = [subject for subject in found if subject.query == asked.question]
    return found or "nothing was cited"


USED = frozenset({"open", "copy"})
# What an answer can be accepted with; "conflicting" left the choice open.
GOOD = frozenset({"sufficient", "best_match", "partial"})


def from_answers(traces: Traces, interactions: Mapping[str, Interaction]) -> Iterator[RelevanceEvidence]:
    """Return what each answer stood on, and again for those that were accepted."""
    for asked in traces.asks.values():
        accepted = _accepted(interactions[asked.id])
        for subject in answered(asked, traces):
            yield _evidence("cited", asked, subject)
            if accepted:
                yield _evidence("accepted", asked, subject)


def _accepted(asked: Interaction) -> bool:
    """Check whether the answer did: used, or left for something else, and not put in other words.

    Silence alone says nothing: people also leave when they give up.
    """
    if not asked.person or asked.verdict not in GOOD or asked.refused or asked.reformulated:
        return False
    went_on = asked.follow_up is not None and asked.follow_up.relation == "unrelated"
    return went_on or not asked.actions.isdisjoint(USED)


def _evidence(kind: Kind, asked: AskTrace, subject: Subject) -> RelevanceEvidence:
    strength = STRENGTHS[kind]
    return RelevanceEvidence(
        query=subject.query,
        passage=subject.passage,
        document=subject.document,
        kind=kind,
        grade=strength.grade,
        weight=strength.weight * subject.share,
        person=asked.person,
        asked=asked.at,
        when=asked.at,
        grounds=(f"ask:{asked.id}",),
        ask=asked.id,
    )


HALF = 0.5  # of what the success itself was worth
SUCCESS: frozenset[Kind] = frozenset({"relevant", "thumb_up", "accepted", "taken", "click"})


def from_rewordings(
    evidence: Sequence[RelevanceEvidence],
    asked: Mapping[str, Interaction],
    later: Mapping[str, Sequence[Interaction]],
) -> Iterator[RelevanceEvidence]:
    """Return the last success of each chain to the wordings before it."""
    successes: dict[str, list[RelevanceEvidence]] = defaultdict(list)
    for item in evidence:
        if item.kind in SUCCESS:
            successes[item.ask or item.search].append(item)
    for name, wordings in later.items():
        yield from _of_chain(asked[name], wordings, successes)


def _of_chain(
    first: Interaction, later: Sequence[Interaction], successes: Mapping[str, list[RelevanceEvidence]]
) -> Iterator[RelevanceEvidence]:
    none: list[RelevanceEvidence] = []
    last = next((found for after in reversed(later) if (found := successes.get(after.id))), none)
    strongest: dict[str, RelevanceEvidence] = {}
    for item in last:
        known = strongest.get(item.target)
        if item.person == first.person and (known is None or item.weight > known.weight):
            strongest[item.target] = item
    for item in strongest.values():
        yield replace(
            item,
            query=first.query,
            kind="reworded",
            grade=max(1, item.grade - 1),
            weight=item.weight * HALF,
            rank=None,  # it was not shown for that wording
        )
