"""One question put to the product as a person would put it: typed into the search, then asked in its conversation."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from agents.events import Event, Judged
from agents.graph import build_graph
from agents.memory import memory_of, new_thread
from agents.records import Sufficiency, Turn
from benchmarks.worlds.answers import KeptAnswer, Quoted, Said, Shown
from benchmarks.worlds.known import World, WorldQuestion
from eval.records import GoldFinder
from eval.retrieval import PAGE, ranked
from hone import Hone
from hone.log.asks import AskLog
from hone.progress import Progress
from hone.records import EVERYONE, Asker
from retriever.library.library import Library
from sample import copy_to

HITS = 20  # passages of a search, at most two a document: ten documents at least


def open_world(world: World, home: Path, progress: Progress) -> Hone:
    """Open a world's workspace, indexed and up to date; what was indexed before is found again."""
    if not world.documents:
        copy_to(home)
    hone = Hone.open(home)
    known = Library(hone.workspace.database).sources()
    for name, folder in world.documents.items():
        if name not in known:
            hone.add(folder, groups=[EVERYONE], name=name, ignore=world.ignore, progress=progress)
    hone.sync(progress=progress)
    return hone


def ask_all(world: World, hone: Hone, questions: Sequence[WorldQuestion], progress: Progress) -> Iterator[KeptAnswer]:
    """Search and ask everything, one after another; what is loaded once is no part of any time."""
    finder = GoldFinder(Library(hone.workspace.database))
    hone.search(questions[0].question.text, hits=HITS)
    hone.ask(questions[0].question.text)
    progress.stage(f"{world.name}: questions", len(questions))
    for item in questions:
        yield put(world.name, hone, item, finder)
        progress.advance(1)


def put(world: str, hone: Hone, item: WorldQuestion, finder: GoldFinder) -> KeptAnswer:
    """Search for a question as it was typed, then ask it, after what was said before it."""
    question = item.question
    began = time.perf_counter()
    result = hone.search(question.text, asker=question.asker, hits=HITS)
    searched = time.perf_counter()
    thread = begin(hone, question.asker, question.history) if question.history else None
    judged = list[Sufficiency]()
    asking = time.perf_counter()
    answer = hone.ask(question.text, asker=question.asker, thread=thread, listen=lambda event: _hear(event, judged))
    asked = time.perf_counter()
    also_ok = finder.find(replace(question, gold=dict.fromkeys(item.also_ok, 1.0))).grades
    grades = finder.find(question).grades
    return KeptAnswer(
        world=world,
        id=question.id,
        kind=item.kind,
        question=question.text,
        asker=question.asker.name,
        history=tuple(Said(role=turn.role, text=turn.text) for turn in question.history),
        answerable=question.answerable,
        reference=question.reference,
        quotes=question.contexts,
        gold=tuple(name for name, grade in grades.items() if grade > 0),
        also_ok=tuple(also_ok),
        searched=tuple(ranked(result, question, PAGE, {}, HITS)),
        evidence=_evidence(hone, answer.ask_id),
        verdict=answer.verdict,
        probability=judged[-1].probability if judged else None,
        signals=judged[-1].signals if judged else {},
        text=answer.text,
        citations=tuple(
            Quoted(number=one.number, document=one.document, title=one.title, quote=one.quote)
            for one in answer.citations
        ),
        closest=tuple(Shown(document=hit.document, title=hit.title, text=hit.text) for hit in answer.closest),
        may_mean=answer.may_mean,
        llm=hone.assistant.llm.name if hone.assistant.llm is not None else "",
        search_seconds=round(searched - began, 3),
        ask_seconds=round(asked - asking, 3),
    )


def begin(hone: Hone, asker: Asker, turns: Sequence[Turn]) -> str:
    """Begin a conversation with what was said, where the product keeps its own, and return its name."""
    thread = new_thread()

    async def said() -> None:
        async with memory_of(hone.workspace) as memory:
            await memory.join(thread, asker.name, turns[0].text, begins=True)
            graph = build_graph(memory)
            await graph.aupdate_state({"configurable": {"thread_id": thread}}, {"turns": list(turns)}, as_node="check")  # pyright: ignore[reportUnknownMemberType]  # langgraph types it in part

    asyncio.run(said())
    return thread


def _hear(event: Event, judged: list[Sufficiency]) -> None:
    if isinstance(event, Judged):
        judged.append(event.sufficiency)


def _evidence(hone: Hone, ask_id: str) -> tuple[Shown, ...]:
    """Read from the log which passages the answer was made from, in their order."""
    passages = AskLog(hone.workspace.log_database).ask(ask_id).evidence
    placed = Library(hone.workspace.database).place(passages)
    found = [placed[name] for name in passages if name in placed]
    return tuple(Shown(document=one.document.id, title=one.document.title, text=one.passage.text) for one in found)
