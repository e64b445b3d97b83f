"""Plans made by rules."""

import dataclasses
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as some

from agents.heuristics.planning import MOST, plan
from agents.records import Plan, Turn
from hone.records import Asker, Filters
from retriever.searching.searcher import LONGEST_QUERY, Question, checked

TODAY = date(2026, 11, 20)


def planned(*texts: str) -> Plan:
    turns = [Turn(role="assistant" if place % 2 else "user", text=text) for place, text in enumerate(texts)]
    return plan(turns, ("handbook", "hr"), ("md", "pdf"), TODAY)


def test_a_plain_question_is_one_search() -> None:
    made = planned("how do I reset my password?")
    assert made.intent == "question"
    assert [(item.id, item.text, item.reason) for item in made.questions] == [
        ("q1", "how do I reset my password?", "asked")
    ]


def test_the_whole_question_comes_before_its_parts() -> None:
    made = planned("Which is older, Nanda Devi or Broad Peak?")
    assert [(item.text, item.reason) for item in made.questions] == [
        ("Which is older, Nanda Devi or Broad Peak?", "asked"),
        ("Nanda Devi", "part"),
        ("Broad Peak", "part"),
    ]


def test_a_follow_up_is_searched_for_alone_and_as_it_was_typed() -> None:
    made = planned("how much did Andrew Carnegie donate?", "A lot.", "where is he buried?")
    assert [item.text for item in made.questions] == [made.standalone, "where is he buried?"]
    assert "Carnegie" in made.standalone


def test_filters_go_into_every_search() -> None:
    made = planned("what is the difference between leave and sick leave in the handbook?")
    assert {item.filters for item in made.questions} == {Filters(sources=frozenset({"handbook"}))}


def test_a_day_narrows_by_when_documents_were_changed() -> None:
    assert planned("what changed since June 2026?").questions[0].filters.since == datetime(2026, 6, 1, tzinfo=UTC)


def test_nothing_is_searched_for_a_greeting_or_a_poem() -> None:
    for text, intent in (("hello!", "greeting"), ("write me a poem about snow", "out_of_scope")):
        made = planned(text)
        assert (made.intent, made.questions, made.ask_back) == (intent, (), "")


def test_what_cannot_be_understood_is_asked_back_about() -> None:
    assert planned("?").ask_back.endswith("?")


def test_the_assistant_asks_back_once() -> None:
    made = planned("?", planned("?").ask_back, "?")
    assert made.ask_back == ""


@given(some.lists(some.text(max_size=300), min_size=1, max_size=5))
def test_whatever_is_said_every_search_of_a_plan_can_be_made(texts: list[str]) -> None:
    made = planned(*texts)
    assert len(made.questions) <= MOST
    assert len({item.id for item in made.questions}) == len({item.text for item in made.questions})
    for item in made.questions:
        checked(Question(text=item.text))


def test_a_question_as_long_as_a_book_is_cut_to_what_is_searched_for() -> None:
    assert all(len(item.text) <= LONGEST_QUERY for item in planned("password " * 5000).questions)


def test_a_filter_has_no_field_of_an_asker() -> None:
    assert {item.name for item in dataclasses.fields(Filters)}.isdisjoint(
        item.name for item in dataclasses.fields(Asker)
    )
