"""When two questions are one in other words; the words here are what stands between spaces."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from hone.log.interactions import Relation, follow_ups, key_of, overlap, reformulated

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    id: str
    question: str
    at: datetime


def words(text: str) -> frozenset[str]:
    return frozenset(text.casefold().split())


def typed(*questions: tuple[str, float]) -> list[Typed]:
    """Each question with the minutes at which it was typed; ids count up from a."""
    return [
        Typed(id=chr(ord("a") + place), question=question, at=NOW + timedelta(minutes=minutes))
        for place, (question, minutes) in enumerate(questions)
    ]


@pytest.mark.parametrize(
    ("other", "minutes", "relation"),
    [
        ("change vpn token password", 2, "reformulation"),  # two of five words
        ("Reset  VPN password?", 1, "retry"),
        ("vpn opening hours of desk", 1, "related"),  # one of seven
        ("when does the canteen open", 1, "unrelated"),
        ("change vpn token password", 6, "related"),
        ("reset vpn password", 6, "related"),
        ("change vpn token password", 31, None),
    ],
)
def test_the_next_question_is_related_by_its_words_and_its_time(
    other: str, minutes: float, relation: Relation | None
) -> None:
    found = follow_ups(typed(("reset vpn password", 0), (other, minutes)), {}, words)
    assert (found["a"].relation if found else None) == relation


@pytest.mark.parametrize(
    ("said", "minutes", "relation"),
    [
        ("Can't log in", 50, "reformulation"),
        ("", 50, "reformulation"),
        ("something else", 1, "unrelated"),
        ("something else", 50, None),
    ],
)
def test_what_people_say_is_a_new_wording_needs_no_word_in_common(
    said: str, minutes: float, relation: Relation | None
) -> None:
    found = follow_ups(typed(("vpn token", 0), ("can't log in", minutes)), {"a": said}, words)
    assert (found["a"].relation if found else None) == relation


def test_the_same_words_again_are_no_reformulation_and_those_after_them_are_one_of_the_first_too() -> None:
    asked = typed(("vpn token", 0), ("vpn token", 1), ("new vpn token", 2), ("new vpn token", 3), ("canteen", 4))
    assert reformulated(follow_ups(asked, {}, words), asked) == {"a", "b"}


def test_spellings_of_one_question_have_one_key() -> None:
    assert key_of(" Ｗhere is  the VPN?") == key_of("where is the vpn.") == "where is the vpn"
    assert overlap(words("a b c"), words("b c d")) == 0.5
    assert overlap(words(""), words("")) == 0
