"""Twenty people at once on one assistant in one event loop, as the web app has them: nobody hears of another's."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from agents.assistant import Assistant
from agents.events import Answered, Event
from agents.memory import memory_of
from agents.records import Answer
from hone.errors import UsageError
from hone.log.asks import AskLog
from hone.records import Asker
from hone.settings import read_settings
from hone.workspace import Workspace
from tests.agents.workplace import index
from tests.llm_server import Call, LlmServer, answers, says

PEOPLE = [Asker(name=f"person{place}", groups=frozenset({f"locker{place}"})) for place in range(20)]
CODES = {asker.name: f"{place + 10}ZQ{place * 37 + 1000}" for place, asker in enumerate(PEOPLE)}
QUESTION = "What is the code of the locker?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Everything that one person was told."""

    asker: Asker
    events: list[Event]

    @property
    def answer(self) -> Answer:
        assert isinstance(self.events[-1], Answered)
        return self.events[-1].answer


@pytest.fixture(scope="module")
def lockers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company in which each of twenty people may read one document alone."""
    folder = tmp_path_factory.mktemp("lockers")
    toml = ['[encoder]\nmodel = "hash"\n[llm]\ncontext_tokens = 8192\n']
    for place, asker in enumerate(PEOPLE):
        (folder / f"locker{place}").mkdir()
        text = f"# Lockers\n\nThe code of the locker is {CODES[asker.name]}.\n"
        (folder / f"locker{place}" / "locker.md").write_text(text, encoding="utf-8")
        toml.append(f'[[sources]]\nname = "locker{place}"\npath = "../locker{place}"\ngroups = ["locker{place}"]\n')
    (folder / "home").mkdir()
    (folder / "home" / "hone.toml").write_text("".join(toml), encoding="utf-8")
    index(Workspace(read_settings(folder / "home"))).close()
    return folder / "home"


@pytest.fixture
def shared(lockers: Path, llm_server: LlmServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Assistant]:
    """One assistant for all of them, whose LLM repeats every code that its prompt holds."""

    def written(call: Call) -> str:
        found = re.findall(r"number=(\d+)>[^<]*?locker is (\w+)", call.prompt)
        return " ".join(f"The code of the locker is {code} [{number}]." for number, code in found)

    plan = {"intent": "question", "standalone": QUESTION, "questions": [QUESTION], "ask_back": "", "narrow": []}
    llm_server.on("You prepare searches", answers(plan)).always(says(written))
    monkeypatch.setenv("HONE_LLM__BASE_URL", llm_server.url)
    monkeypatch.setenv("HONE_LLM__MODEL", "scripted")
    assistant = Assistant(Workspace(read_settings(lockers)))
    yield assistant
    assistant.close()
    assistant.workspace.close()


async def hear(assistant: Assistant, question: str, asker: Asker, thread: str | None = None) -> Heard:
    return Heard(asker=asker, events=[event async for event in assistant.stream(question, asker, thread)])


def is_told_their_own(heard: Heard) -> None:
    told = repr(heard.events)
    assert CODES[heard.asker.name] in heard.answer.text
    assert [name for name, code in CODES.items() if code in told] == [heard.asker.name]
    assert heard.answer.degraded == ()


@pytest.mark.parametrize("with_llm", [False, True])
def test_twenty_people_at_once_hear_their_own_and_nothing_else(
    shared: Assistant, llm_server: LlmServer, with_llm: bool
) -> None:
    shared.llm = shared.llm if with_llm else None

    async def run() -> tuple[list[Heard], list[Heard]]:
        first = await asyncio.gather(*(hear(shared, QUESTION, asker) for asker in PEOPLE))
        follow = await asyncio.gather(
            *(hear(shared, "and of the locker again?", one.asker, one.answer.thread) for one in first)
        )
        stranger, thread = PEOPLE[0], first[1].answer.thread
        with pytest.raises(UsageError, match="conversation"):
            await hear(shared, QUESTION, stranger, thread)
        await shared.aclose()
        return first, follow

    first, follow = asyncio.run(run())
    for heard in (*first, *follow):
        is_told_their_own(heard)
    assert [one.answer.thread for one in first] == [one.answer.thread for one in follow]
    assert len({one.answer.thread for one in first}) == len(PEOPLE)
    assert len({one.answer.ask_id for one in (*first, *follow)}) == 2 * len(PEOPLE)
    log = AskLog(shared.workspace.log_database)
    for one in first:
        logged = log.asks(person=one.asker.name, thread=one.answer.thread)
        assert [ask.question for ask in logged] == [QUESTION, "and of the locker again?"]
        assert all(ask.verdict == "sufficient" or ask.verdict == "partial" for ask in logged)
        assert [code for code in CODES.values() if code in repr(logged)] == [CODES[one.asker.name]]
    prompts = [call.prompt for call in llm_server.calls]
    assert bool(prompts) == with_llm
    assert all(sum(code in prompt for code in CODES.values()) == 1 for prompt in prompts)


def test_one_llm_opens_once_for_a_loop_and_serves_two(shared: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    from agents.llm import client

    opened: list[object] = []
    real = client._open_chat  # pyright: ignore[reportPrivateUsage]  # counted, and then done

    def counting(settings: object) -> object:
        opened.append(settings)
        return real(settings)  # pyright: ignore[reportArgumentType]  # whatever was given

    monkeypatch.setattr(client, "_open_chat", counting)

    async def several() -> list[Heard]:
        heard = await asyncio.gather(*(hear(shared, QUESTION, asker) for asker in PEOPLE[:5]))
        await asyncio.to_thread(shared.ask, QUESTION, PEOPLE[6])  # in a loop of its own, which closes its connections
        heard += await asyncio.gather(*(hear(shared, QUESTION, asker) for asker in PEOPLE[:5]))
        await shared.aclose()
        return heard

    for heard in asyncio.run(several()):
        is_told_their_own(heard)
    assert len(opened) == 2


def test_no_statement_keeps_the_conversations_locked(shared: Assistant) -> None:
    import sqlite3
    from contextlib import closing

    async def run() -> None:
        async with memory_of(shared.workspace) as memory:
            await memory.conn.execute("INSERT INTO threads VALUES ('x', 'ana', 'x', 1e12, 1e12)")
            file = shared.workspace.home / "threads.db"
            with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")

    asyncio.run(run())


def test_somebody_who_leaves_takes_nobody_along(shared: Assistant) -> None:
    shared.llm = None

    async def leaves(asker: Asker) -> None:
        events = shared.stream(QUESTION, asker)
        async for event in events:
            if event.kind == "searching":
                break
        await events.aclose()

    async def run() -> list[Heard]:
        stay = [asyncio.create_task(hear(shared, QUESTION, asker)) for asker in PEOPLE[:5]]
        cancelled = [asyncio.create_task(hear(shared, QUESTION, asker)) for asker in PEOPLE[5:8]]
        await asyncio.gather(*(leaves(asker) for asker in PEOPLE[8:11]))
        for task in cancelled:
            task.cancel()
        gone = await asyncio.gather(*cancelled, return_exceptions=True)
        assert all(isinstance(end, asyncio.CancelledError | Heard) for end in gone)
        return list(await asyncio.gather(*stay))

    for heard in asyncio.run(run()):
        is_told_their_own(heard)
    log = AskLog(shared.workspace.log_database)
    assert all(log.asks(person=asker.name)[0].question == QUESTION for asker in PEOPLE[8:11])
