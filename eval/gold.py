"""Which documents of this library the judgments mean, and which of them it lacks."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from eval.records import EvalQuestion
from hone.records import Document
from retriever.library.library import Library


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownGold:
    """A question's gold under the library's own ids."""

    grades: Mapping[str, float]  # what the library lacks keeps its name, so that it counts as not found
    documents: tuple[Document, ...]  # those above grade zero; of passages, the documents they stand in
    lacking: tuple[str, ...]  # not in the library
    forbidden: tuple[str, ...]  # there, and not for this asker


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
