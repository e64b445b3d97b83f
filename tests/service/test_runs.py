"""Answers that run on the server, whoever looks."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from agents.events import Answered, Event
from agents.memory import TABLE
from agents.records import NOT_KEPT
from hone.errors import HoneError, MissingError, TooManyError
from hone.records import Asker
from hone.workspace import Workspace
from service.limits import Places
from service.runs import KEPT, Run, Runs
from service.service import Service
from tests.agents.workplace import ANA, BO
from tests.service.scripted import Scripted, said


@pytest.fixture
def scripted(make_workspace: Callable[..., Workspace]) -> Scripted:
    return Scripted(make_workspace())


@pytest.fixture
def runs(scripted: Scripted) -> Iterator[Runs]:
    runs = Runs(scripted.as_assistant(), Places(300, 300))
    yield runs
    scripted.go.set()
    runs.close()


async def followed(runs: Runs, id_: str, asker: Asker, after: int = 0) -> list[Event]:
    return [event async for event in runs.run(id_, asker).follow(after)]


def test_everybody_who_tails_sees_everything_in_order(runs: Runs, scripted: Scripted) -> None:
    run, heard = runs.start("one two wait three", ANA), list[list[str]]()
    threads = [threading.Thread(target=lambda: heard.append(said(list(run.tail())))) for _ in range(5)]
    for thread in threads:
        thread.start()
    scripted.go.set()
    for thread in threads:
        thread.join()
    assert heard == [["ana:one", "ana:two", "ana:wait", "ana:three"]] * 5
    assert run.answer is not None
    assert run.answer.text == "one two wait three"
    assert run.ended
    assert run.error is None


def test_who_comes_back_goes_on_where_they_were(runs: Runs, scripted: Scripted) -> None:
    run = runs.start("one two wait three", ANA)
    seen = [next(run.tail())]  # a page that is left after its first event
    scripted.go.set()
    seen += runs.run(run.id, ANA).tail(len(seen))
    assert said(seen) == ["ana:one", "ana:two", "ana:wait", "ana:three"]
    assert isinstance(seen[-1], Answered)
    assert said(list(run.tail())) == said(seen)  # and it is all there for whoever comes later still


def test_everybody_who_follows_sees_everything_in_order(runs: Runs, scripted: Scripted) -> None:
    run = runs.start("one wait two", ANA)

    async def together() -> list[list[Event]]:
        followers = [asyncio.create_task(followed(runs, run.id, ANA)) for _ in range(5)]
        await asyncio.sleep(0.02)
        scripted.go.set()
        return await asyncio.gather(*followers)

    assert [said(events) for events in asyncio.run(together())] == [["ana:one", "ana:wait", "ana:two"]] * 5


def test_a_follower_whose_loop_is_gone_disturbs_nobody(runs: Runs, scripted: Scripted) -> None:
    run = runs.start("one wait two", ANA)
    loop = asyncio.new_event_loop()
    left = run.follow()
    loop.run_until_complete(anext(left))
    waiting = loop.create_task(anext(left))
    loop.run_until_complete(asyncio.sleep(0.01))
    loop.close()  # in the middle of waiting, as when a socket drops
    scripted.go.set()
    assert said(list(run.tail())) == ["ana:one", "ana:wait", "ana:two"]
    assert not waiting.done()


def test_a_stopped_answer_has_tidied_up_before_its_run_ends(runs: Runs, scripted: Scripted) -> None:
    run = runs.start("one wait two", ANA)
    next(run.tail())
    run.stop()
    assert scripted.tidying.wait(5)
    assert not run.ended
    run.stop()  # people press twice
    assert said(list(run.tail())) == ["ana:one"]
    assert (run.stopped, run.ended, run.error, run.answer) == (True, True, None, None)
    assert scripted.tidied == 1


def test_an_answer_that_is_stopped_before_it_began_ends_too(runs: Runs) -> None:
    started = [runs.start("wait", ANA) for _ in range(20)]
    for run in started:
        run.stop()
    for run in started:
        assert said(list(run.tail())) == []
    assert runs.under_way() == 0


def test_places_are_given_back_however_an_answer_ends(scripted: Scripted) -> None:
    runs = Runs(scripted.as_assistant(), Places(1, 1))
    for end in ("well", "fail", "crash", "stopped"):
        scripted.go.clear()
        run = runs.start(f"wait {end}", ANA)
        with pytest.raises(TooManyError):
            runs.start("another", ANA)
        if end == "stopped":
            run.stop()
        else:
            scripted.go.set()
        list(run.tail())
    list(runs.start("one", ANA).tail())
    runs.close()


def test_an_error_that_people_can_mend_is_told_as_it_is(runs: Runs) -> None:
    run = runs.start("one fail", ANA)
    assert said(list(run.tail())) == ["ana:one"]
    assert run.error is not None
    assert run.error.message == "The index is gone."


def test_a_fault_is_told_by_a_reference_and_logged(runs: Runs, caplog: pytest.LogCaptureFixture) -> None:
    run = runs.start("crash", ANA)
    list(run.tail())
    assert run.error is not None
    assert run.id[:8] in run.error.hint
    assert "ZeroDivisionError" not in str(run.error)
    assert "ZeroDivisionError" in caplog.text
    assert run.id in caplog.text


def test_somebody_elses_run_is_not_found(runs: Runs) -> None:
    run = runs.start("one", ANA, thread="t1")
    list(run.tail())
    assert runs.run(run.id, ANA) is run
    for id_ in (run.id, "no-such-run"):
        with pytest.raises(MissingError):
            runs.run(id_, BO)
    assert runs.of_thread("t1", BO) is None
    assert runs.of_thread("t1", ANA) is run


def test_the_newest_run_of_a_conversation_is_found(runs: Runs) -> None:
    for question in ("one", "two"):
        list(runs.start(question, ANA, thread="t1").tail())
    list(runs.start("three", ANA, thread="t2").tail())
    found = runs.of_thread("t1", ANA)
    assert found is not None
    assert found.question == "two"


def test_closing_stops_what_is_under_way(scripted: Scripted) -> None:
    runs = Runs(scripted.as_assistant(), Places(9, 9))
    running = [runs.start("one wait two", asker) for asker in (ANA, BO, ANA)]
    for run in running:
        next(run.tail())
    runs.close()
    assert all(run.ended and run.stopped for run in running)
    assert scripted.tidied == 3


def test_fifty_at_once_see_their_own_words_only(runs: Runs, scripted: Scripted) -> None:
    heard: dict[str, list[str]] = {}

    def session(name: str) -> None:
        run = runs.start(f"marker-{name} wait {name}-end", Asker(name=name))
        heard[name] = said(list(run.tail()))

    names = [f"p{number:02d}" for number in range(50)]
    threads = [threading.Thread(target=session, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    scripted.go.set()
    for thread in threads:
        thread.join()
    assert heard == {name: [f"{name}:marker-{name}", f"{name}:wait", f"{name}:{name}-end"] for name in names}


def test_old_runs_are_forgotten_and_those_under_way_never(runs: Runs, scripted: Scripted) -> None:
    waiting, ended = runs.start("wait", ANA, thread="t"), runs.start("one", ANA, thread="t")
    list(ended.tail())
    for _ in range(KEPT):
        list(runs.start("two", ANA, thread="t").tail())
    assert runs.run(waiting.id, ANA) is waiting
    with pytest.raises(MissingError):
        runs.run(ended.id, ANA)


@pytest.mark.parametrize("unwritable", ["open", "begin"])
def test_a_conversation_that_cannot_be_kept_costs_neither_the_answer_nor_the_next(
    service: Service, unwritable: str
) -> None:
    file = service.workspace.home / "threads.db"
    if unwritable == "open":
        file.mkdir()
    else:
        with closing(sqlite3.connect(file)) as connection:
            connection.execute(TABLE)
            connection.execute("CREATE TRIGGER full BEFORE INSERT ON threads BEGIN SELECT RAISE(ABORT, 'full'); END")
    run = answered(service, "How often is the VPN password changed?")
    assert unkept(run)
    again = answered(service, "And the garage, when does it open?", run.thread)
    assert unkept(again)
    if unwritable == "open":
        file.rmdir()
    else:
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("DROP TRIGGER full")
    kept = answered(service, "How many days of annual leave do staff receive?", run.thread)
    assert not unkept(kept)
    assert [thread.id for thread in service.conversations.of(ANA)] == [run.thread]
    said = service.conversations.turns(run.thread, ANA)
    assert [turn.question for turn in said] == [run.question, again.question, kept.question]


def test_a_name_that_was_not_given_here_begins_nothing(service: Service) -> None:
    for _ in range(2):  # having tried it once gives nobody a right to it
        run = service.ask("How often is the VPN password changed?", ANA, "mine")
        list(run.tail())
        assert run.error is not None
    assert service.conversations.of(ANA) == []


def answered(service: Service, question: str, thread: str = "") -> Run:
    """Ask as Ana and wait for the answer."""
    run = service.ask(question, ANA, thread)
    list(run.tail())
    assert run.error is None
    return run


def unkept(run: Run) -> bool:
    assert run.answer is not None
    return any(lost.stage == NOT_KEPT for lost in run.answer.degraded)


def test_a_real_answer_belongs_to_a_conversation_of_its_asker(service: Service) -> None:
    run = service.ask("How often is the VPN password changed?", ANA)
    list(run.tail())
    assert run.error is None
    assert run.answer is not None
    assert "45 days" in run.answer.text
    assert run.answer.thread == run.thread
    assert [thread.id for thread in service.conversations.of(ANA)] == [run.thread]
    follow_up = service.ask("And the garage, when does it open?", ANA, run.thread)
    list(follow_up.tail())
    turns = service.conversations.turns(run.thread, ANA)
    assert [turn.question for turn in turns] == [run.question, follow_up.question]


def test_somebody_elses_conversation_cannot_be_gone_on_with(service: Service) -> None:
    run = service.ask("How often is the VPN password changed?", ANA)
    list(run.tail())
    intruder = service.ask("And what did ana ask?", BO, run.thread)
    assert list(intruder.tail()) == []
    assert isinstance(intruder.error, HoneError)
    assert "no conversation" in intruder.error.message
