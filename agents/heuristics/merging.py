"""The passages for the answerer: the best of the whole question, with room for its parts and for what they lead to."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from agents.heuristics.hops import Wanted, calls, closeness, title_run
from agents.heuristics.titles import Naming
from agents.records import Evidence, Plan, Retrieved
from hone.records import Hit

LIMIT = (
    12  # passages; with them and SHARE nothing is lost by looking inside: docs/experiments/2026-12-01-looking-inside.md
)
SHARE = 4  # passages of a document before those of others that were found


@dataclass(frozen=True, slots=True, kw_only=True)
class MergingWeights:
    """What speaks for a passage, beside its score for the whole question, which is 1 at best."""

    typed: float = 0.5  # the question as it was typed, where it leans on what was said before
    part: float = 0.5  # first for a part
    hop: float = 0.15  # first for what was searched later
    named: float = 0.5  # the question names its document
    link: float = 0.6  # a passage that is first for the question names its document
    close: float = 0.6  # and does so beside a word of the question
    readers: int = 4  # passages of a search that are read for links


WEIGHTS = MergingWeights()


@dataclass(slots=True, kw_only=True)
class _Found:
    hit: Hit
    asked: float = 0.0
    part: float = 0.0
    hop: float = 0.0
    questions: set[str] = field(default_factory=set[str])


def merge(plan: Plan, retrieved: Sequence[Retrieved], limit: int = LIMIT) -> tuple[Evidence, ...]:
    """Choose and number the passages."""
    best = _shared(rank(plan, retrieved))[:limit]
    return tuple(
        Evidence(number=number, hit=entry.hit, questions=frozenset(entry.questions), place=number)
        for number, entry in enumerate(best, 1)
    )


def rank(plan: Plan, retrieved: Sequence[Retrieved], weights: MergingWeights = WEIGHTS) -> list[_Found]:
    found = _gathered(plan, retrieved, weights)
    wanted = Wanted.of(plan.standalone)
    naming = Naming.of(plan.standalone, [entry.hit for entry in found.values()])
    strength = {name: max(entry.asked, weights.part * entry.part) for name, entry in found.items()}
    readers = sorted(found.values(), key=lambda entry: -strength[entry.hit.passage])[: weights.readers]

    def lift(hit: Hit) -> float:
        """Return what speaks for a passage because of its document's title, as far as that is a name."""
        links = (strength[reader.hit.passage] * _link(reader.hit, hit, wanted, weights) for reader in readers)
        lifted = weights.named * _is_named(hit, wanted) + max(links, default=0.0)
        return lifted * naming.sureness(hit) if lifted else 0.0

    scores = {
        name: entry.asked + weights.part * entry.part + weights.hop * entry.hop + lift(entry.hit)
        for name, entry in found.items()
    }
    order = sorted(found.values(), key=lambda entry: (-scores[entry.hit.passage], entry.hit.passage))
    return _first_kept(order)


def _first_kept(order: list[_Found]) -> list[_Found]:
    """Put what the whole question finds first before all that its names, links and parts lead to."""
    first = max(order, key=lambda entry: entry.asked, default=None)
    return order if first is None else [first, *(entry for entry in order if entry is not first)]


def _shared(order: Sequence[_Found]) -> list[_Found]:
    """Put what goes beyond a document's share last, so that it has room where no other document needs it."""
    taken = Counter[str]()
    within, beyond = list[_Found](), list[_Found]()
    for entry in order:
        taken[entry.hit.document] += 1
        (within if taken[entry.hit.document] <= SHARE else beyond).append(entry)
    return [*within, *beyond]


def _gathered(plan: Plan, retrieved: Sequence[Retrieved], weights: MergingWeights) -> dict[str, _Found]:
    found: dict[str, _Found] = {}
    stands_alone = any(item.question.text == plan.standalone for item in retrieved)
    for item in retrieved:
        hits = item.result.hits if item.result else ()
        best = max((hit.score for hit in hits), default=1.0) or 1.0
        for place, hit in enumerate(hits):
            entry = found.setdefault(hit.passage, _Found(hit=hit))
            entry.questions.add(item.question.id)
            if item.question.reason in ("asked", "widened"):
                share = weights.typed if stands_alone and item.question.text != plan.standalone else 1.0
                entry.asked += share * hit.score / best
            elif item.question.reason == "part":
                entry.part = max(entry.part, 1 / (1 + place))
            else:
                entry.hop = max(entry.hop, 1 / (1 + place))
    return found


def _is_named(hit: Hit, wanted: Wanted) -> bool:
    title = title_run(hit.title)
    return bool(title) and title in wanted.named


def _link(reader: Hit, hit: Hit, wanted: Wanted, weights: MergingWeights) -> float:
    if reader.document == hit.document or _is_named(hit, wanted) or not calls(reader.text, hit.title):
        return 0.0
    return weights.link + weights.close * closeness(reader.text, hit.title, wanted)
