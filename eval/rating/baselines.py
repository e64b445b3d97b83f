"""What another system would have shown for the same questions: one leg alone, or another generation."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from eval.rating.comparing import Faceoff
from eval.rating.pages import Page
from eval.runs import Plain
from hone.errors import UsageError
from hone.records import Hit
from hone.registry import Generation
from hone.workspace import Workspace
from retriever.encoding.batching import BatchingEncoder
from retriever.indexing.encoders import Encoders
from retriever.ranking.legs import LEGS
from retriever.searching.hits import hit_of
from retriever.searching.live import OpenIndex
from retriever.searching.page import Layout, lay_out
from retriever.searching.searcher import Question, Searcher
from retriever.storing import engine_for


def faceoffs(searcher: Searcher, pages: Sequence[Page], rival: str, depth: int) -> Iterator[Faceoff]:
    """Set the live search (A) against a rival (B), each question once: one leg alone or a generation's name."""
    asked = {(page.query, page.asker.groups): page for page in pages}.values()
    with ExitStack() as stack:
        other = None if rival in LEGS else _generation(searcher.workspace, rival, stack)
        for page in asked:
            question = Question(text=page.query, asker=page.asker, hits=depth)
            result = next(iter(searcher.search_all([question])))
            order = result.stages[rival] if other is None else _order(searcher, question, other)
            b = _page(searcher, order, question, depth)
            yield Faceoff(id=page.id, query=question.text, asker=question.asker, a=result.hits, b=b)


def _order(searcher: Searcher, question: Question, other: OpenIndex) -> tuple[tuple[str, float], ...]:
    vector = other.encoder.encode_queries([question.text])[0]
    return tuple((hit.id, hit.score) for hit in searcher.rank(question, vector, other).order)


def _page(searcher: Searcher, order: Sequence[tuple[str, float]], question: Question, depth: int) -> tuple[Hit, ...]:
    layout = Layout(hits=depth, per_document=searcher.workspace.settings.search.per_document)
    placed = searcher.library.place([name for name, _ in order])
    entries = lay_out(order, placed, question.asker, layout)
    return tuple(hit_of(entry.placed, rank) for rank, entry in enumerate(entries, 1))


def rival_settings(workspace: Workspace, rival: str) -> Plain:
    """Say in a run's settings what the rival is: a name alone would not tell which model it was."""
    if rival in LEGS:
        return {"leg": rival}
    model = _named(workspace, rival).model
    return {"generation": rival, "model": model.id, "hash": model.card.hash}


def _generation(workspace: Workspace, name: str, stack: ExitStack) -> OpenIndex:
    generation = _named(workspace, name)
    store = engine_for(workspace).open(generation.id)
    stack.callback(store.close)
    encoder = BatchingEncoder(Encoders(workspace).encoder(generation.model))
    stack.callback(encoder.close)
    return OpenIndex(generation=generation, encoder=encoder, store=store, notices=())


def _named(workspace: Workspace, name: str) -> Generation:
    found = {item.id: item for item in workspace.registry.generations() if item.state == "ready"}
    if name not in found:
        known = ", ".join((*LEGS, *found))
        raise UsageError(f"{name!r} isn't something to compare with.", hint=f"Choose from: {known}.")
    return found[name]
