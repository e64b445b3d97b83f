"""What is served while something is measured, as runs record it: the same run can be made again, and seen to differ."""

from collections.abc import Sequence

from eval.runs import Plain
from eval.statistics import RESAMPLINGS, SEED
from hone.registry import Generation
from hone.workspace import Workspace
from retriever.encoding.modelfolder import hash_folder
from retriever.library.library import Library
from retriever.ranking.reranker import reranker_folder


def served(workspace: Workspace, generations: Sequence[Generation]) -> Plain:
    """Name the generations with their models, the library they stand on, and how searches and figures are made."""
    library = Library(workspace.database)
    documents, passages = library.count()
    return {
        "generations": [
            {
                "id": item.id,
                "model": item.model.id,
                "location": item.model.location,
                "hash": item.model.card.hash,
                "library_revision": item.library_revision,
            }
            for item in generations
        ],
        "search": {**workspace.settings.search.model_dump(exclude={"log"}), **_reranker(workspace)},
        "library": {"revision": library.revision(), "documents": documents, "passages": passages},
        "statistics": {"resamplings": RESAMPLINGS, "seed": SEED},
    }


def _reranker(workspace: Workspace) -> Plain:
    """Say what is in the reranker's folder: its name alone would not show that it has changed."""
    folder = reranker_folder(workspace)
    return {"reranker_hash": hash_folder(folder)} if workspace.settings.search.reranker else {}
