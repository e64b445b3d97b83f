"""Questions that went wrong, grouped by what they are about."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from service.feedback import Word
from service.overview.gaps import Likeness, Miss, Missed, QuestionVectors, Topic, Vectors, gaps_of, grouped, topics_of
from service.service import Service
from tests.agents.workplace import ANA, BO
from tests.service.conftest import Search

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SPAN = (NOW - timedelta(days=28), NOW)
LIKENESS = Likeness(mean=0.0, deviation=0.2)  # together from 0.5 on
DIRECTIONS = {"dog": (1.0, 0.0, 0.0), "pets": (0.8, 0.6, 0.0), "bike": (0.0, 0.0, 1.0)}


def encode(texts: Sequence[str]) -> Vectors:
    return np.array([next(value for name, value in DIRECTIONS.items() if name in text) for text in texts], np.float32)


def missed(question: str, person: str = "ana", days: float = 1, miss: Miss = "no_answer") -> Missed:
    at = NOW - timedelta(days=days)
    return Missed(person=person, question=question, at=at, misses=frozenset({miss}))


def topics(*asked: Missed, names: bool = False) -> list[Topic]:
    return topics_of(asked, encode, LIKENESS, SPAN, names=names)


def test_questions_about_one_thing_are_one_topic_and_most_people_first() -> None:
    found = topics(
        missed("lease a bike", "ana"),
        missed("may my dog come along?", "ana", days=1),
        missed("rules on pets", "bo", days=20),
        missed("May my dog  come along", "cy", days=2, miss="thumb_down"),
    )
    assert [(topic.asked, topic.people) for topic in found] == [(3, 3), (1, 1)]
    assert found[0].misses == {"no_answer": 2, "thumb_down": 1}
    assert found[0].questions == (("may my dog come along?", 2), ("rules on pets", 1))
    assert found[0].weeks == (0, 1, 0, 2)
    assert found[0].last == NOW - timedelta(days=1)


def test_of_what_one_person_alone_asked_neither_time_nor_name_is_told() -> None:
    (topic,) = topics(missed("lease a bike", days=1), missed("get a bike", days=9))
    assert (topic.asked, topic.people, topic.last, topic.weeks, topic.names) == (2, 1, None, (), ())
    (named,) = topics(missed("lease a bike", days=1), names=True)
    assert (named.last, named.names) == (NOW - timedelta(days=1), ("ana",))


def test_names_are_told_only_where_they_may_be() -> None:
    asked = (missed("lease a bike", "ana"), missed("get a bike", "bo"))
    assert [topic.names for topic in topics(*asked)] == [()]
    assert [topic.names for topic in topics(*asked, names=True)] == [("ana", "bo")]


def test_that_one_person_opened_nothing_makes_no_topic() -> None:
    assert topics(missed("lease a bike", miss="left")) == []
    assert len(topics(missed("lease a bike", miss="left"), missed("a bike", "bo", miss="left"))) == 1
    assert topics() == []


def test_groups_merge_by_their_mean_and_not_along_a_chain() -> None:
    angles = np.radians([0, 30, 75, 105])
    chain = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    assert grouped(chain, 0.7) == [[0, 1], [2, 3]]  # each is near its neighbour, and the ends are far apart
    assert grouped(chain, 0.99) == [[0], [1], [2], [3]]
    assert grouped(chain, -1.0) == [[0, 1, 2, 3]]
    assert grouped(np.zeros((0, 3), np.float32), 0.5) == []


def test_gaps_come_from_what_was_really_asked(service: Service, search: Search) -> None:
    for asker in (ANA, BO):
        run = service.ask("What is the colour of the moon base?", asker)
        list(run.tail())
        assert run.answer is not None
        down = Word(action="thumb_down", search_id=run.answer.search_ids[0], ask_id=run.answer.ask_id)
        service.feedback.give(down, asker)
    search("VPN password", ANA)
    gaps = gaps_of(service.workspace, service.searcher, QuestionVectors(), names=False)
    assert (gaps.asked, gaps.people) == (3, 2)
    assert gaps.missed == 2
    (topic,) = gaps.topics
    assert topic.misses["thumb_down"] == 2
    assert (topic.label, topic.asked, topic.people) == ("What is the colour of the moon base?", 2, 2)


def test_vectors_are_made_once_for_each_question_and_model(service: Service) -> None:
    with service.searcher.live.current() as opened:
        vectors = QuestionVectors()
        first = vectors.of(["a question", "another", "a question"], opened)
        assert first.shape[0] == 3
        assert np.array_equal(first[0], first[2])
        again = vectors.of(["another"], opened)
        assert np.array_equal(again[0], first[1])
