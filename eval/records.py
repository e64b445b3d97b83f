"""What is asked to find out how good something is, and what is known about the right answer, here too."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from agents.records import Turn
from hone.records import Asker, Document
from retriever.library.library import Library

Unit = Literal["document", "passage"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvalQuestion:
    """A question, who asks it, and what a good answer stands on; whatever is not known is left empty."""

    id: str
    text: str
    history: tuple[Turn, ...] = ()  # what was said before; the question may not be clear without it
    asker: Asker = field(default_factory=Asker)  # what they may read decides what can be found
    gold: Mapping[str, float] = field(default_factory=dict[str, float])  # a document's or passage's id → its grade
    unit: Unit = "document"  # what `gold` names
    reference: str = ""  # the answer that a person gave
    contexts: tuple[str, ...] = ()  # texts that the reference stands on
    answerable: bool | None = None  # none: nobody has said
    tags: Mapping[str, str] = field(default_factory=dict[str, str])  # what to slice by: kind, source, language …


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionSet:
    """Questions that were read from one place, and what identifies them."""

    name: str
    questions: tuple[EvalQuestion, ...]
    origin: Path | str  # the file or folder; "log" for the search log
    fingerprint: str  # sha256 over the bytes read, so that a run names exactly what it asked
    people_wrote: bool  # false where questions were generated; the two are never mixed in one set

    def settings(self) -> dict[str, Any]:
        """Name the set in a run's settings: the same settings go on with the run, and do it again."""
        return {
            "name": self.name,
            "origin": str(self.origin),
            "fingerprint": self.fingerprint,
            "count": len(self.questions),
            "people_wrote": self.people_wrote,
            "askers": sorted({question.asker.name for question in self.questions}),
            "readers": self.readers,
        }

    @property
    def readers(self) -> str:
        """Hash what each asker may read: once that changes, the same file is another evaluation."""
        groups = [sorted(question.asker.groups) for question in self.questions]
        return hashlib.sha256(json.dumps(groups).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownGold:
    """A question's gold under the library's own ids."""

    grades: Mapping[str, float]  # what the library lacks keeps its name, so that it counts as not found
    documents: tuple[Document, ...]  # those above grade zero; of passages, the documents they stand in
    lacking: tuple[str, ...]  # not in the library
    forbidden: tuple[str, ...]  # there, and not for this asker

    @property
    def scorable(self) -> bool:
        """Check whether anything is known to answer the question."""
        return any(grade > 0 for grade in self.grades.values())


class GoldFinder:
    """Knows every document by its id, and by its path where only one source has it."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._documents = {document.id: document for document in library.documents()}
        paths = Counter(document.path for document in self._documents.values())
        self._paths = {item.path: item.id for item in self._documents.values() if paths[item.path] == 1}

    def find(self, question: EvalQuestion) -> KnownGold:
        """Find a question's gold."""
        named = self._passages(question.gold) if question.unit == "passage" else self._by_document(question.gold)
        good = [name for name, grade in question.gold.items() if grade > 0]
        documents = {document.id: document for name in good if (document := named.get(name, (name, None))[1])}
        return KnownGold(
            grades={named.get(name, (name, None))[0]: grade for name, grade in question.gold.items()},
            documents=tuple(documents.values()),
            lacking=tuple(name for name in good if name not in named),
            forbidden=tuple(name for name, item in documents.items() if not question.asker.may_read(item.groups)),
        )

    def title(self, document: str) -> str:
        """Return a document's title; empty if there is none."""
        found = self._documents.get(document)
        return found.title if found else ""

    def _by_document(self, names: Iterable[str]) -> dict[str, tuple[str, Document]]:
        found = ((name, self._id(name)) for name in names)
        return {name: (known, self._documents[known]) for name, known in found if known is not None}

    def _id(self, name: str) -> str | None:
        # TREC files can't hold spaces, and runs that Hone writes for them have them encoded.
        for written in (name, name.replace("%20", " ")):
            if written in self._documents:
                return written
            if written in self._paths:
                return self._paths[written]
        return None

    def _passages(self, names: Iterable[str]) -> dict[str, tuple[str, Document]]:
        return {name: (name, item.document) for name, item in self._library.place(list(names)).items()}
