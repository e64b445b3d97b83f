"""My feedback, as a person sees it."""

from hone.records import Asker
from retriever.searching.searcher import Question
from service.feedback import SAID, Word
from service.service import Service
from tests.agents.workplace import ANA, BO
from tests.service.conftest import company, indexed
from tests.service.overview.test_feedback import write_sheet
from tests.ui.opened import open_page, service, words
from training.candidates.promotion_impact import Outcome, write_outcomes
from training.evidence.rules import rules_of
from ui.feedback_page import EMPTY

__all__ = ["company", "indexed", "service"]


def searched(service: Service, asker: Asker, text: str = "VPN password") -> str:
    return service.search(Question(text=text, asker=asker)).search_id


def test_who_gave_nothing_is_told_what_feedback_is_for(service: Service) -> None:
    page = open_page("feedback_page", service, ANA)
    assert not page.exception
    assert EMPTY in words(page)
    assert not page.button


def test_what_was_given_is_shown_with_its_question_and_reason(service: Service) -> None:
    service.feedback.give(Word(action="thumb_down", search_id=searched(service, ANA), reason="Too *old*"), ANA)
    result = service.search(Question(text="annual leave", asker=ANA))
    service.feedback.give(Word(action="relevant", search_id=result.search_id, object_id=result.hits[0].passage), ANA)
    page = open_page("feedback_page", service, ANA)
    assert not page.exception
    told = words(page)
    for word in ("VPN password", "annual leave", r"Too \*old\*", "Not used yet", result.hits[0].title):
        assert word in told
    assert [metric.value for metric in page.metric] == ["2", "0", "0", "0"]
    assert len(page.button) == 2
    assert "VPN password" not in words(open_page("feedback_page", service, BO))


def test_what_was_withdrawn_is_gone(service: Service) -> None:
    event = service.feedback.give(Word(action="thumb_up", search_id=searched(service, ANA)), ANA)
    page = open_page("feedback_page", service, ANA)
    page.button(key=f"withdraw-{event.event_id}").click().run()
    assert service.workspace.log.events(person=ANA.name, actions=SAID) == []
    assert EMPTY in words(page)


def test_what_was_withdrawn_elsewhere_meanwhile_is_no_fault(service: Service) -> None:
    event = service.feedback.give(Word(action="thumb_up", search_id=searched(service, ANA)), ANA)
    page = open_page("feedback_page", service, ANA)
    service.feedback.withdraw(event.event_id, ANA)
    page.button(key=f"withdraw-{event.event_id}").click().run()
    assert not page.exception
    assert "no feedback" in page.toast[0].value


def test_what_became_of_it_is_told(service: Service) -> None:
    live = service.workspace.registry.live()
    assert live is not None
    one, other = searched(service, ANA), searched(service, ANA, "garage")
    events = [service.feedback.give(Word(action="thumb_up", search_id=search), ANA) for search in (one, other)]
    write_sheet(
        service.workspace.home,
        "m0002",
        "manifest.json",
        model=live.model.id,
        created="2026-11-10T00:00:00Z",
        training_set="november",
        evidence=[events[0].event_id],
    )
    outcomes = (Outcome(search_id=one, before=0.2, after=0.9), Outcome(search_id=other, before=0.9, after=0.2))
    write_outcomes(service.workspace.home, "m0002", outcomes)
    page = open_page("feedback_page", service, ANA)
    told = words(page)
    assert [metric.value for metric in page.metric] == ["2", "1", "1", "1"]
    for word in (
        "Used by the current model",
        "november",
        "Better results now",
        "Worse results now",
        "Not used yet",
    ):
        assert word in told
    assert "Not used yet" in told
    assert "trained since" not in told


def test_a_title_that_may_not_be_read_any_more_is_not_shown(service: Service) -> None:
    result = service.search(Question(text="severance budget", asker=BO))
    (hit,) = [hit for hit in result.hits if hit.source == "hr"]
    service.feedback.give(Word(action="relevant", search_id=result.search_id, object_id=hit.passage), BO)
    assert "Severance budget" in words(open_page("feedback_page", service, BO))
    left_hr = words(open_page("feedback_page", service, Asker(name="bo")))
    assert "Severance budget" not in left_hr
    assert "deleted" in left_hr


def test_long_lists_come_in_parts(service: Service) -> None:
    for number in range(17):
        service.feedback.give(Word(action="thumb_up", search_id=searched(service, ANA, f"VPN {number}")), ANA)
    page = open_page("feedback_page", service, ANA)
    assert len(page.button) == 16
    page.button[-1].click().run()
    assert len(page.button) == 17


def test_a_person_says_whether_anything_is_learned_from_them(service: Service) -> None:
    page = open_page("feedback_page", service, ANA)
    assert page.toggle[0].value
    page.toggle[0].set_value(False).run()
    assert service.optouts.people() == {ANA.name}
    assert rules_of(service.workspace).opted_out == {ANA.name}
    again = open_page("feedback_page", service, ANA)
    assert not again.toggle[0].value
    assert open_page("feedback_page", service, BO).toggle[0].value
    again = open_page("feedback_page", service, ANA)
    again.toggle[0].set_value(True).run()
    assert service.optouts.people() == frozenset()
    assert not again.exception
