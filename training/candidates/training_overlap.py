"""Which documents the live model was trained on: its manifest says which evidence, log and labels of what."""

from collections.abc import Iterator

from eval.slices import TrainedDocuments
from hone.workspace import Workspace
from retriever.library.library import Library
from training.candidates.candidates import list_candidates
from training.candidates.manifest import ModelManifest, below
from training.evidence.usable import gather, place, read_use


def find_taught(workspace: Workspace) -> TrainedDocuments | None:
    """Find what the live model learned from, as far as that can be traced; nothing where it was not trained here."""
    live = workspace.registry.live()
    lineage = list(_lineage(workspace, live.model.id)) if live else []
    if not lineage:
        return None
    library, pieces = Library(workspace.database), frozenset[str]().union(*(sheet.evidence for sheet in lineage))
    gathered = gather(read_use(workspace), library)
    placed = [item for item in place(gathered.evidence, library).kept.evidence if not pieces.isdisjoint(item.grounds)]
    headings = library.owners(sorted(pieces))  # a pair that a heading made rests on its passage
    traced = pieces & {*headings, *(name for item in placed for name in item.grounds)}
    return TrainedDocuments(
        model=lineage[0].model,
        documents=frozenset((*headings.values(), *(item.document for item in placed if item.grade > 0))),
        pieces=len(pieces),
        untraced=len(pieces) - len(traced),
    )


def _lineage(workspace: Workspace, model: str) -> Iterator[ModelManifest]:
    """Return the manifests of a model and of those it was trained on top of, nearest first."""
    for candidate in list_candidates(workspace.home).found:
        if candidate.manifest.model == model:
            yield candidate.manifest
            yield from (sheet for _, sheet in below(candidate.folder))
            return
