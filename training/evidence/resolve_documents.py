"""Which document each piece of evidence is about, as the library is now; what is gone is left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from hone.records import EVERYONE
from retriever.library.library import Library
from training.evidence.filtering import FilteredEvidence, sieve
from training.records import Evidence

GONE = "the document was deleted, or was never indexed"
CLOSED = "not everyone can access the document"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedEvidence:
    """Evidence with its documents, and who may read those."""

    kept: FilteredEvidence
    readers: Mapping[str, frozenset[str]]  # by document


def place(evidence: Sequence[Evidence], library: Library) -> PlacedEvidence:
    """Look up what evidence names: a passage, a document, or a passage whose document has been cut anew since."""
    names = list({item.passage for item in evidence})
    owners, readers = library.owners(names), library.readers(names)
    documents = {owners[name]: groups for name, groups in readers.items() if name in owners}
    if any(name not in owners for name in names):  # imported logs name documents; those cut anew are named by the log
        documents |= {document.id: document.groups for document in library.documents()}

    def placed(item: Evidence) -> Evidence | str:
        if item.passage in owners:
            return item if item.document == owners[item.passage] else replace(item, document=owners[item.passage])
        document = next((name for name in (item.passage, item.document) if name in documents), None)
        return GONE if document is None else replace(item, passage="", document=document)

    return PlacedEvidence(kept=sieve(evidence, placed), readers=documents)


def readable(evidence: Sequence[Evidence], readers: Mapping[str, frozenset[str]]) -> FilteredEvidence:
    """Keep what stands in documents that every asker may read: a model tells everyone what it was trained on."""
    return sieve(evidence, lambda item: item if EVERYONE in readers[item.document] else CLOSED)
