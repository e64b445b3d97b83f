"""What evidence has to pass: how much any one person, document, day or hour may say, and who wants no part in it.

The numbers are a design; simulations set them to proof.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hone.workspace import Workspace
from retriever.library.authors import authors_of
from retriever.library.library import Library

HALF_LIFE = timedelta(days=180)  # in which evidence loses half its weight: documents and words change
OLDEST = 5  # half-lives; a thirty-second of a click is nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """The most that may come from one of something: a share of what there is, or a number where that is more."""

    share: float
    least: int

    def of(self, there_is: float) -> int:
        """Return the cap where there is so much."""
        return max(self.least, int(self.share * there_is))


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRules:
    """What evidence has to pass."""

    opted_out: frozenset[str] = frozenset()  # people whose searches nothing is learned from
    restricted: bool = False  # also learn from documents that not everybody may read; the manifest then says so
    authors: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])  # by document
    half_life: timedelta = HALF_LIFE
    person: Cap = Cap(share=0.05, least=200)
    document: Cap = Cap(share=10.0, least=20)  # questions, as a multiple of what documents usually have
    person_day: int = 100
    document_day: int = 100
    person_document: int = 10  # questions for which one person may speak for one document
    person_hour: int = 40  # acts; and no burst below it. Twice a minute for an hour is no reading
    document_hour: int = 40
    burst: float = 10.0  # times what is usual for a person, or for a document, in an hour
    people: int = 2  # who must agree before anything counts that nobody said


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What defences know beside the evidence."""

    rules: EvidenceRules
    now: datetime
    clusters: Mapping[str, str] = field(default_factory=dict[str, str])  # of questions, by key


def rules_of(workspace: Workspace) -> EvidenceRules:
    """Return the rules of a workspace as they are now."""
    wanted = workspace.settings.training
    documents = Library(workspace.database).documents() if wanted.authors else ()
    return EvidenceRules(
        opted_out=workspace.optouts.people(),
        restricted=wanted.restricted,
        authors=authors_of(wanted.authors, documents),
    )
