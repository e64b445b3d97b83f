"""Filters that are named plainly, and what only sounds like one."""

from datetime import UTC, date, datetime

import pytest

from agents.heuristics.narrowing import narrow
from hone.records import Filters

SOURCES = ("handbook", "hr", "eng-leads")
KINDS = ("md", "xlsx", "csv", "pdf")
TODAY = date(2026, 11, 20)


def asked(question: str) -> Filters:
    return narrow(question, SOURCES, KINDS, TODAY)


def test_a_source_is_named_as_a_collection() -> None:
    assert asked("what does it say in the handbook?").sources == {"handbook"}
    assert asked("is it in the eng leads documents?").sources == {"eng-leads"}


def test_a_kind_is_narrowed_to_what_the_library_has() -> None:
    assert asked("which margin is given in the spreadsheet?").kinds == {"xlsx", "csv"}
    assert asked("what was on the slides?").kinds == frozenset()


@pytest.mark.parametrize(
    ("question", "since"),
    [
        ("what changed since June 2026?", datetime(2026, 6, 1, tzinfo=UTC)),
        ("what changed since 3 June 2026?", datetime(2026, 6, 3, tzinfo=UTC)),
        ("what changed since 2026-06-14?", datetime(2026, 6, 14, tzinfo=UTC)),
        ("what changed since 2026-06?", datetime(2026, 6, 1, tzinfo=UTC)),
    ],
)
def test_a_day_since_when(question: str, since: datetime) -> None:
    assert asked(question) == Filters(since=since)


def test_last_months_meeting_was_written_up_until_a_week_later() -> None:
    expected = Filters(since=datetime(2026, 10, 1, tzinfo=UTC), until=datetime(2026, 11, 8, tzinfo=UTC))
    assert asked("what did we decide in last month's planning meeting?") == expected


def test_a_year_begins_in_january_and_a_week_on_monday() -> None:
    assert asked("from last year's review").since == datetime(2025, 1, 1, tzinfo=UTC)
    assert asked("in this week's minutes").since == datetime(2026, 11, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    "question",
    [
        "who do I ask in hr?",
        "how do I print a pdf?",
        "how do I share a spreadsheet with a customer?",
        "is the handbook printed on paper?",
        "what changed since 31 February 2026?",
        "what changed since June 2027?",
        "who was hired last month?",
        "is there a limit on the handbook shop discount?",
    ],
)
def test_what_may_mean_something_else_narrows_nothing(question: str) -> None:
    assert asked(question) == Filters()
