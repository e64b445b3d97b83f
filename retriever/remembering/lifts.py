"""From what people confirmed for near questions to how far documents are lifted, and for whom.

One person alone moves only their own results. Two move everybody's, but no passage by more than a few places, until
they are more than a twentieth of all who search, or an admin agrees.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from hone.records import ConfirmedBy
from retriever.remembering.questions import Near

AGREEING = 2  # people who move everybody's results
CROWD = 0.05  # share of all who search; more than that may lift a passage as far as its score takes it
RISE = 4  # places that fewer may lift it by
HALF = 0.5  # confirmations of the same question that lift half as far as any number can
DOCUMENTS = 8  # lifted for one question at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift:
    """How far a document is lifted for one question and one asker, by whom, and where in it."""

    document: str
    objects: frozenset[str]  # passages that were confirmed, or the document itself
    strength: float  # above 0, below 1
    rise: int | None  # places at most
    by: ConfirmedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonsWord:
    """What one person says of one document, by the nearest question that they said it for."""

    person: str
    weight: float  # below 0 where they say that it does not answer
    near: Near

    @property
    def admin(self) -> bool:
        """Check whether it is an admin's word."""
        return self.near.confirmation.admin


def lifts_of(near: Sequence[Near], asker: str, people: int) -> list[Lift]:
    """Weigh what was said of each document, strongest first; documents that fewer agree on are lifted less."""
    said = defaultdict[str, list[Near]](list)
    for item in near:
        said[item.confirmation.document].append(item)
    found = {document: _counting(_words(items), asker) for document, items in said.items()}
    sums = {document: sum(word.weight for word in words) for document, words in found.items()}
    most = max(sums.values(), default=0.0)
    lifts = [_lift(name, found[name], sums[name], most, asker, people) for name in found if sums[name] > 0]
    return sorted(lifts, key=lambda lift: (-lift.strength, lift.document))[:DOCUMENTS]


def _words(items: Sequence[Near]) -> list[PersonsWord]:
    """Let each person say one thing of a document: what they said for the nearest question."""
    nearest = dict[str, Near]()
    for item in items:
        known = nearest.get(item.confirmation.person)
        if known is None or (item.nearness, not item.confirmation.agrees) > (
            known.nearness,
            not known.confirmation.agrees,
        ):
            nearest[item.confirmation.person] = item
    return [
        PersonsWord(
            person=person,
            weight=item.nearness * item.confirmation.share * (1 if item.confirmation.agrees else -1),
            near=item,
        )
        for person, item in nearest.items()
    ]


def _counting(words: Sequence[PersonsWord], asker: str) -> list[PersonsWord]:
    """Leave only the words that count for an asker: their own where too few others agree."""
    agree, deny = [word for word in words if word.weight > 0], [word for word in words if word.weight < 0]
    if any(word.admin for word in deny):
        agreed = False
    else:
        agreed = any(word.admin for word in agree) or len(agree) - len(deny) >= AGREEING
    return list(words) if agreed else [word for word in agree if word.person == asker and asker]


def _lift(document: str, words: Sequence[PersonsWord], weight: float, most: float, asker: str, people: int) -> Lift:
    agree = [word for word in words if word.weight > 0]
    you, admin = any(word.person == asker for word in agree), any(word.admin for word in agree)
    trusted = you or admin or len(agree) > CROWD * people
    return Lift(
        document=document,
        objects=frozenset(word.near.confirmation.object for word in agree),
        strength=weight / (weight + HALF) * weight / most,
        rise=None if trusted else RISE,
        by=ConfirmedBy(
            people=len(agree),
            you=you,
            admin=admin,
            same=any(word.near.same for word in agree),
            nearness=max(word.near.nearness for word in agree),
        ),
    )
