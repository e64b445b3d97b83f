"""What people say of answers and hits."""

from dataclasses import replace
from typing import Any, cast

import pytest

from hone.errors import MissingError, UsageError
from hone.records import Asker, Document
from retriever.searching.searcher import Question
from service.feedback import LONGEST_REASON, SAID, Given, Word
from service.service import Service
from tests.agents.workplace import ANA, BO
from tests.service.conftest import Search


def test_a_word_stands_at_once_with_its_search_rank_and_model(service: Service, search: Search) -> None:
    result = search("VPN password", ANA)
    hit = result.hits[1]
    service.feedback.give(
        Word(action="relevant", search_id=result.search_id, object_id=hit.passage, reason="This one"), ANA
    )
    (event,) = service.workspace.log.search(result.search_id).events
    assert (event.action, event.person, event.object_id, event.ordinal) == ("relevant", "ana", hit.passage, 2)
    assert event.attributes == {"reason": "This one", "model": result.model, "generation": result.generation}


def unseen(service: Service, search_id: str, asker: Asker) -> Document:
    """Find a document that somebody may read and a search did not show."""
    shown = service.workspace.log.search(search_id).search.documents
    documents = service.library.documents()
    return next(one for one in documents if one.id not in shown and asker.may_read(one.groups))


def test_what_was_not_shown_counts_and_is_marked(service: Service, search: Search) -> None:
    search_id = service.search(Question(text="VPN password", asker=ANA, hits=2)).search_id
    document = unseen(service, search_id, ANA)
    passage = service.library.passages(document.id)[0].id
    for name in (document.id, passage):
        service.feedback.give(Word(action="relevant", search_id=search_id, object_id=name, ordinal=3), ANA)
    for event in service.workspace.log.search(search_id).events:
        assert (event.object_id in (document.id, passage), event.ordinal) == (True, None)
        assert (event.attributes["shown"], event.attributes["document"]) == (False, document.id)


def test_a_shown_document_may_be_named_by_itself(service: Service, search: Search) -> None:
    result = search("VPN password", ANA)
    hit = result.hits[1]
    event = service.feedback.give(Word(action="open", search_id=result.search_id, object_id=hit.document), ANA)
    first = next(rank for rank, each in enumerate(result.hits, 1) if each.document == hit.document)
    assert (event.ordinal, "shown" in event.attributes) == (first, False)


def test_closed_and_missing_objects_are_refused_alike(service: Service, search: Search) -> None:
    search_id = search("VPN password", ANA).search_id
    closed = next(one for one in service.library.documents() if not ANA.may_read(one.groups))
    told = list[str]()
    for name in (closed.id, service.library.passages(closed.id)[0].id, "no-such-thing"):
        with pytest.raises(MissingError) as error:
            service.feedback.give(Word(action="relevant", search_id=search_id, object_id=name), ANA)
        told.append(str(error.value).replace(repr(name), "…"))
    assert len(set(told)) == 1
    assert service.workspace.log.search(search_id).events == ()


def test_what_was_shown_and_closed_since_is_refused(service: Service, search: Search) -> None:
    result = search("severance budget", BO)
    (passage,) = [hit.passage for hit in result.hits if hit.source == "hr"]
    without_group = Asker(name=BO.name)
    with pytest.raises(MissingError):
        service.feedback.give(Word(action="open", search_id=result.search_id, object_id=passage), without_group)
    service.feedback.give(Word(action="open", search_id=result.search_id, object_id=passage), BO)


def test_nobody_can_say_anything_about_somebody_elses_search(service: Service, search: Search) -> None:
    result = search("VPN password", ANA)
    refused = list[str]()
    for search_id in (result.search_id, "no-such-search"):
        with pytest.raises(MissingError) as error:
            service.feedback.give(Word(action="thumb_up", search_id=search_id), BO)
        refused.append(error.value.message.replace(search_id, "…"))
    assert refused[0] == refused[1]  # whether there is such a search is not to be learned
    assert service.workspace.log.events(person=ANA.name, actions=SAID) == []


def test_a_thumb_takes_the_place_of_the_other(service: Service, search: Search) -> None:
    search_id = search("VPN password", ANA).search_id
    one, other = answered(service, "VPN password"), answered(service, "When does the garage open?")
    for action in ("thumb_up", "thumb_down", "thumb_down"):
        service.feedback.give(Word(action=cast(Given, action), search_id=search_id, ask_id=one), ANA)
    service.feedback.give(Word(action="thumb_up", search_id=search_id, ask_id=other), ANA)
    said = [
        (event.action, event.attributes["ask_id"])
        for event in service.workspace.log.events(person=ANA.name, actions=SAID)
    ]
    assert sorted(said) == sorted([("thumb_down", one), ("thumb_up", other)])


def answered(service: Service, question: str) -> str:
    """Ask as Ana, and give the answer's id."""
    run = service.ask(question, ANA)
    list(run.tail())
    assert run.answer is not None
    return run.answer.ask_id


def test_nobody_can_say_anything_about_somebody_elses_answer(service: Service, search: Search) -> None:
    theirs, search_id, told = answered(service, "VPN password"), search("VPN password", BO).search_id, set[str]()
    for name in (theirs, "no-such-answer"):
        with pytest.raises(MissingError) as error:
            service.feedback.give(Word(action="thumb_up", search_id=search_id, ask_id=name), BO)
        told.add(str(error.value).replace(name, "…"))
    assert len(told) == 1


def test_a_thumb_leaves_other_hits_and_other_kinds_of_word_alone(service: Service, search: Search) -> None:
    result = search("VPN password", ANA)
    first, second = (hit.passage for hit in result.hits[:2])
    for action, passage in (("thumb_up", first), ("thumb_down", second), ("relevant", first), ("open", first)):
        word = Word(action=cast(Given, action), search_id=result.search_id, object_id=passage)
        service.feedback.give(word, ANA)
    service.feedback.give(Word(action="open", search_id=result.search_id, object_id=first), ANA)
    events = service.workspace.log.search(result.search_id).events
    assert sorted(event.action for event in events) == ["open", "open", "relevant", "thumb_down", "thumb_up"]


def test_what_was_said_can_be_withdrawn_by_who_said_it(service: Service, search: Search) -> None:
    event = service.feedback.give(Word(action="thumb_up", search_id=search("VPN", ANA).search_id), ANA)
    with pytest.raises(MissingError):
        service.feedback.withdraw(event.event_id, BO)
    service.feedback.withdraw(event.event_id, ANA)
    assert service.workspace.log.events(person=ANA.name, actions=SAID) == []
    with pytest.raises(MissingError):
        service.feedback.withdraw(event.event_id, ANA)


def test_what_was_said_is_read_back_for_some_searches(service: Service, search: Search) -> None:
    one, other = search("VPN", ANA).search_id, search("garage", ANA).search_id
    for search_id in (one, other):
        service.feedback.give(Word(action="thumb_up", search_id=search_id), ANA)
        service.feedback.give(Word(action="open", search_id=search_id, object_id="wiki/vpn.md"), ANA)
    assert [event.search_id for event in service.feedback.given(ANA, [one])] == [one]
    assert service.feedback.given(ANA, []) == []
    assert service.feedback.given(BO, [one]) == []
    assert len(service.workspace.log.events(person=ANA.name, actions=SAID)) == 2


@pytest.mark.parametrize("wrong", [{"action": "burn"}, {"action": "thumb_down", "reason": "x" * (LONGEST_REASON + 1)}])
def test_what_is_no_feedback_is_refused(service: Service, search: Search, wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        service.feedback.give(replace(Word(action="open", search_id=search("VPN", ANA).search_id), **wrong), ANA)
    assert service.workspace.log.events(person=ANA.name, actions=SAID) == []
