"""Who wrote which documents, as the settings say: what authors say of their own documents doesn't count."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from pathspec import GitIgnoreSpec

from hone.records import Document


def authors_of(table: Mapping[str, Sequence[str]], documents: Iterable[Document]) -> Mapping[str, frozenset[str]]:
    """Find who wrote which documents: a pattern fits where a document is now, or the name it was first seen under."""
    patterns = [(GitIgnoreSpec.from_lines([pattern]), people) for pattern, people in table.items()]
    found: dict[str, set[str]] = defaultdict(set)
    for document in documents:
        for pattern, people in patterns:
            if pattern.match_file(f"{document.source}/{document.path}") or pattern.match_file(document.id):
                found[document.id].update(people)
    return {name: frozenset(people) for name, people in found.items()}
