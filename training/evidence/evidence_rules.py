"""What evidence has to pass in one workspace: as its settings say, and as its people want."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from pathspec import GitIgnoreSpec

from hone.records import Document
from hone.workspace import Workspace
from retriever.library.library import Library
from training.evidence.defence_rules import Rules


def rules_of(workspace: Workspace) -> Rules:
    """Give the rules of a workspace as they are now."""
    wanted = workspace.settings.training
    documents = Library(workspace.database).documents() if wanted.authors else ()
    return Rules(
        opted_out=workspace.optouts.people(),
        restricted=wanted.restricted,
        authors=authors_of(wanted.authors, documents),
    )


def authors_of(table: Mapping[str, Sequence[str]], documents: Iterable[Document]) -> Mapping[str, frozenset[str]]:
    """Find who wrote which documents: a pattern fits where a document is now, or the name it was first seen under."""
    patterns = [(GitIgnoreSpec.from_lines([pattern]), people) for pattern, people in table.items()]
    found: dict[str, set[str]] = defaultdict(set)
    for document in documents:
        for pattern, people in patterns:
            if pattern.match_file(f"{document.source}/{document.path}") or pattern.match_file(document.id):
                found[document.id].update(people)
    return {name: frozenset(people) for name, people in found.items()}
