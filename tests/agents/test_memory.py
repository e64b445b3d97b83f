"""Conversations: whose they are, what becomes of them, and what a broken file costs."""

import asyncio
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from agents.assistant import Assistant
from agents.memory import DAY, Memory, Thread, memory_of
from agents.records import Turn
from hone.errors import UsageError
from hone.workspace import Workspace
from tests.agents.canary import Canary
from tests.agents.conftest import Company
from tests.agents.workplace import ANA, BO

LEAVE = "How many days of annual leave do staff receive?"
GARAGE = "When does the parking garage open?"
VPN = "How often is the VPN password changed?"


def remembered(workspace: Workspace, work: Callable[[Memory], Awaitable[Any]]) -> Any:
    """Do something with a workspace's conversations."""

    async def run() -> Any:
        async with memory_of(workspace) as memory:
            return await work(memory)

    return asyncio.run(run())


def threads(workspace: Workspace, person: str) -> list[Thread]:
    return remembered(workspace, lambda memory: memory.threads(person))


def turns(workspace: Workspace, thread: str) -> list[Turn]:
    config: Any = {"configurable": {"thread_id": thread}}
    found = remembered(workspace, lambda memory: memory.aget_tuple(config))
    return found.checkpoint["channel_values"].get("turns", [])


@contextmanager
def opened(workspace: Workspace) -> Generator[sqlite3.Connection]:
    with closing(sqlite3.connect(workspace.home / "threads.db", isolation_level=None)) as connection:
        yield connection


def test_a_conversation_is_kept_with_what_was_said(assistant: Assistant) -> None:
    first = assistant.ask(LEAVE, ANA)
    second = assistant.ask(GARAGE, ANA, first.thread)
    said = turns(assistant.workspace, first.thread)
    assert [turn.text for turn in said] == [LEAVE, first.text, GARAGE, second.text]
    assert [turn.role for turn in said] == ["user", "assistant"] * 2
    (thread,) = threads(assistant.workspace, "ana")
    assert (thread.id, thread.title) == (first.thread, LEAVE)


def test_it_belongs_to_its_asker_and_to_others_it_does_not_exist(assistant: Assistant) -> None:
    thread = assistant.ask(LEAVE, ANA).thread
    before = turns(assistant.workspace, thread)
    messages: list[str] = []
    for name in (thread, "0" * 32):
        with pytest.raises(UsageError) as refused:
            assistant.ask("and how often?", BO, name)
        messages.append(f"{refused.value.message} {refused.value.hint}".replace(name, "NAME"))
    assert messages[0] == messages[1]
    assert "conversation" in messages[0]
    assert threads(assistant.workspace, "bo") == []
    assert turns(assistant.workspace, thread) == before
    assert remembered(assistant.workspace, lambda memory: memory.forget(person="bo")) == 0
    assert [item.id for item in threads(assistant.workspace, "ana")] == [thread]


def test_steps_on_the_way_are_not_kept(assistant: Assistant) -> None:
    thread = assistant.ask(LEAVE, ANA).thread
    assistant.ask(GARAGE, ANA, thread)
    with opened(assistant.workspace) as connection:
        assert connection.execute("SELECT count(*) FROM checkpoints").fetchone() == (1,)


def test_what_was_read_for_an_answer_is_not_kept_in_the_conversation(assistant: Assistant) -> None:
    answer = assistant.ask(LEAVE, ANA)
    folder = assistant.workspace.home
    kept = b"".join(file.read_bytes() for file in folder.glob("threads.db*"))
    assert answer.text.partition(" [")[0].encode() in kept
    assert answer.search_ids[0].encode() not in kept
    assert b"The VPN password is changed" not in kept  # it was found too, and was not the answer


def test_conversations_left_too_long_ago_are_gone_with_all_that_was_in_them(company: Company) -> None:
    workspace = company("[ask]\nkeep_days = 30\n")
    assistant = Assistant(workspace)
    old, kept = assistant.ask(LEAVE, ANA).thread, assistant.ask(LEAVE, BO).thread
    with opened(workspace) as connection:
        connection.execute("UPDATE threads SET asked = ? WHERE id = ?", (time.time() - 31 * DAY, old))
        connection.execute("UPDATE threads SET asked = ? WHERE id = ?", (time.time() - 29 * DAY, kept))
    new = assistant.ask(GARAGE, ANA).thread
    with opened(workspace) as connection:
        for table in ("checkpoints", "writes"):
            left = {row[0] for row in connection.execute(f"SELECT DISTINCT thread_id FROM {table}")}
            assert left <= {kept, new}
    assert [item.id for item in threads(workspace, "ana")] == [new]
    with pytest.raises(UsageError, match="conversation"):
        assistant.ask(GARAGE, ANA, old)
    assistant.close()


def test_a_file_that_another_holds_costs_the_conversation_and_never_the_answer(assistant: Assistant) -> None:
    thread = assistant.ask(LEAVE, ANA).thread
    with opened(assistant.workspace) as other:
        other.execute("BEGIN IMMEDIATE")
        for name in (None, thread):
            answer = assistant.ask(VPN, ANA, name)
            assert "45 days" in answer.text
            assert [lost.stage for lost in answer.degraded] == ["memory"]
        other.execute("ROLLBACK")
    assert turns(assistant.workspace, thread)[0].text == LEAVE
    assert assistant.ask(GARAGE, ANA, thread).degraded == ()


def test_a_file_that_is_no_database_costs_the_conversation_and_never_the_answer(assistant: Assistant) -> None:
    (assistant.workspace.home / "threads.db").write_bytes(b"no database at all" * 1000)
    answer = assistant.ask(VPN, ANA)
    assert "45 days" in answer.text
    assert [lost.stage for lost in answer.degraded] == ["memory"]


def tampered(workspace: Workspace, thread: str, value: object) -> None:
    """Put something foreign in the place of the turns."""
    loose = JsonPlusSerializer(allowed_msgpack_modules=True)
    with opened(workspace) as connection:
        row = "SELECT checkpoint_id, type, checkpoint FROM checkpoints WHERE thread_id = ?"
        name, kind, blob = connection.execute(row, (thread,)).fetchone()
        checkpoint = loose.loads_typed((kind, blob))
        checkpoint["channel_values"]["turns"] = value
        kind, blob = loose.dumps_typed(checkpoint)
        changed = "UPDATE checkpoints SET type = ?, checkpoint = ? WHERE checkpoint_id = ?"
        connection.execute(changed, (kind, blob, name))


def test_nothing_foreign_is_ever_made_from_a_checkpoint(assistant: Assistant) -> None:
    thread = assistant.ask(LEAVE, ANA).thread
    tampered(assistant.workspace, thread, [Canary(song="tweet")])
    Canary.made.clear()
    loose = JsonPlusSerializer(allowed_msgpack_modules=True)
    loose.loads_typed(loose.dumps_typed(Canary(song="tweet")))
    assert len(Canary.made) == 2  # that is what a serializer without the list would do
    Canary.made.clear()
    answer = assistant.ask(VPN, ANA, thread)
    assert Canary.made == []
    assert "45 days" in answer.text


@pytest.mark.parametrize("value", [None, 7, "turns", [{"role": "user"}], [[1]], {"a": 1}])
def test_turns_that_are_none_are_left_out(assistant: Assistant, value: object) -> None:
    thread = assistant.ask(LEAVE, ANA).thread
    tampered(assistant.workspace, thread, value)
    assert "45 days" in assistant.ask(VPN, ANA, thread).text


def test_a_checkpoint_that_is_garbage_costs_the_conversation_alone(assistant: Assistant) -> None:
    thread = assistant.ask(LEAVE, ANA).thread
    with opened(assistant.workspace) as connection:
        connection.execute("UPDATE checkpoints SET checkpoint = x'c1ffee00'")
    answer = assistant.ask(VPN, ANA, thread)
    assert "45 days" in answer.text
    assert [lost.stage for lost in answer.degraded] == ["memory"]


KILLED = """
import sys, os, signal
from pathlib import Path
import agents.graph
from agents.assistant import Assistant
from hone.records import Asker
from hone.settings import read_settings
from hone.workspace import Workspace

async def die(state, runtime):
    import asyncio
    await asyncio.sleep(0.3)  # what would be written until then reaches the file
    os.kill(os.getpid(), signal.SIGKILL)

setattr(agents.graph, sys.argv[3], die)
assistant = Assistant(Workspace(read_settings(Path(sys.argv[1]))))
assistant.ask("When does the parking garage open?", Asker(name="ana"), sys.argv[2])
"""


@pytest.mark.proof
@pytest.mark.parametrize("node", ["retrieve", "judge", "check"])
def test_after_a_kill_between_nodes_the_conversation_goes_on(assistant: Assistant, node: str) -> None:
    thread = assistant.ask(LEAVE, ANA).thread
    done = subprocess.run([sys.executable, "-c", KILLED, str(assistant.workspace.home), thread, node], timeout=60)
    assert done.returncode == -signal.SIGKILL
    with opened(assistant.workspace) as connection:
        assert connection.execute("SELECT count(*) FROM checkpoints").fetchone() == (1,)
    answer = assistant.ask(VPN, ANA, thread)
    assert answer.text.startswith("The VPN password is changed every 45 days.")
    assert answer.degraded == ()
    assert len(answer.search_ids) <= 3
    said = [turn.text for turn in turns(assistant.workspace, thread)]
    assert [said[0], *said[2:]] == [LEAVE, VPN, answer.text]
