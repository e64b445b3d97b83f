"""A person's conversations, and nobody else's."""

import pytest

from hone.errors import MissingError
from service.runs import Run
from service.service import Service
from tests.agents.workplace import ANA, BO


@pytest.fixture
def run(service: Service) -> Run:
    run = service.ask("How often is the VPN password changed?", ANA)
    list(run.tail())
    return run


def test_a_conversation_is_listed_with_its_first_question(service: Service, run: Run) -> None:
    assert [(thread.id, thread.title) for thread in service.conversations.of(ANA)] == [(run.thread, run.question)]
    assert service.conversations.of(BO) == []


def test_turns_and_answers_are_their_askers_alone(service: Service, run: Run) -> None:
    assert run.answer is not None
    assert service.conversations.ask(run.answer.ask_id, ANA).question == run.question
    assert service.conversations.turns(run.thread, BO) == []
    for ask_id in (run.answer.ask_id, "no-such-ask"):
        with pytest.raises(MissingError):
            service.conversations.ask(ask_id, BO)


def test_a_deleted_conversation_is_gone_with_what_was_said_in_it(service: Service, run: Run) -> None:
    service.conversations.delete(run.thread, ANA)
    assert service.conversations.of(ANA) == []
    assert service.conversations.turns(run.thread, ANA) == []
    assert service.runs.of_thread(run.thread, ANA) is None, "nor does this process remember it"
    assert service.workspace.log.searches(person="ana")  # training learns from these, and `forget` takes them away
    with pytest.raises(MissingError):
        service.conversations.delete(run.thread, ANA)


def test_a_conversation_is_deleted_in_the_middle_of_an_answer(service: Service, run: Run) -> None:
    second = service.ask("When does the garage open?", ANA, run.thread)
    service.conversations.delete(run.thread, ANA)
    assert second.ended
    assert service.conversations.turns(run.thread, ANA) == []
    assert service.conversations.of(ANA) == []


def test_only_the_one_conversation_is_deleted(service: Service, run: Run) -> None:
    other = service.ask("When does the garage open?", ANA)
    list(other.tail())
    service.conversations.delete(run.thread, ANA)
    assert [thread.id for thread in service.conversations.of(ANA)] == [other.thread]
    assert len(service.conversations.turns(other.thread, ANA)) == 1


def test_somebody_elses_conversation_cannot_be_deleted(service: Service, run: Run) -> None:
    with pytest.raises(MissingError):
        service.conversations.delete(run.thread, BO)
    assert len(service.conversations.turns(run.thread, ANA)) == 1
