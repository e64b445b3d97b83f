"""Business measures from the log, by numbers that can be checked by eye."""

import json
import random
import uuid
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agents.run import STOPPED
from eval.usage.summary import by_group, by_week, changes_of, median, rate, total
from eval.usage.usage import read_period, usage_of
from hone.errors import UsageError
from hone.log.asks import AskLog, LoggedAsk
from hone.log.rows import Action, Event, LoggedSearch
from hone.records import EncoderCard
from hone.registry import Generation
from hone.workspace import Workspace
from tests.cli.conftest import Run
from tests.conftest import MakeWorkspace

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)  # a Friday
SINCE = NOW - timedelta(days=30)


def searched(
    log: Workspace,
    person: str,
    query: str = "",
    *,
    at: datetime = NOW - timedelta(days=1),
    does: Sequence[tuple[Action, float]] = (),
    **more: Any,
) -> str:
    name = str(uuid.uuid4())
    fields: dict[str, Any] = {"shown": ("p",), "groups": frozenset({"everyone"}), "generation": "g000001", **more}
    search = LoggedSearch(search_id=name, person=person, query=query or name, timestamp=at, **fields)
    events = [
        Event(action=action, search_id=name, person=person, object_id="p", timestamp=at + timedelta(seconds=after))
        for action, after in does
    ]
    log.log.add([search], events)
    return name


def asked(
    log: Workspace, person: str, searches: Sequence[str], verdict: str = "sufficient", *, stopped: bool = False
) -> None:
    AskLog(log.log_database).record(
        LoggedAsk(
            ask_id=str(uuid.uuid4()), thread="t", client_id=person, question="What?", timestamp=NOW - timedelta(days=1),
            text="", verdict=verdict, model="m", generation="g000001", llm="", prompts="", probability=0.5, plan={},
            searches=tuple({"id": "q1", "text": "", "reason": "", "search_id": name} for name in searches),
            evidence=("p",), claims=(), signals={},
            degraded=(asdict(STOPPED),) if stopped else (), took_ms={},
        )
    )  # fmt: skip


def test_an_answer_that_was_stopped_is_not_one_that_found_nothing(make_workspace: MakeWorkspace) -> None:
    log = make_workspace()
    asked(log, "gus", [searched(log, "gus")], verdict="insufficient", stopped=True)
    asked(log, "hal", [searched(log, "hal")], verdict="insufficient")
    assert total(read_period(log.log_database, SINCE, NOW).questions).nothing.mean == pytest.approx(1 / 2)


def test_each_question_counts_where_it_belongs(make_workspace: MakeWorkspace) -> None:
    log = make_workspace()
    searched(log, "ana", does=[("open", 20), ("click", 8)])  # good, after 8 s
    searched(log, "bo", does=[("copy", 40)])  # good, after 40 s
    searched(log, "cy", does=[("open", 5), ("thumb_down", 9)])  # used, and disliked
    searched(log, "di")  # abandoned
    searched(log, "ed", shown=())  # nothing found
    at = NOW - timedelta(days=2)
    searched(log, "flo", "vpn password reset", at=at)  # reworded
    searched(log, "flo", "vpn password change", at=at + timedelta(minutes=1), does=[("thumb_up", 4)])
    asked(log, "gus", [searched(log, "gus")])  # a whole answer, and silence
    searched(log, "hal", at=NOW - timedelta(minutes=2))  # too fresh
    searched(log, "ina", imported=True)
    searched(log, "jo", at=SINCE - timedelta(days=1))  # before the time
    found = read_period(log.log_database, SINCE, NOW)
    assert (len(found.questions), found.fresh, found.imported) == (8, 1, 1)
    row = total(found.questions)
    assert row.people == 7
    assert row.good.mean == pytest.approx(3 / 8)
    assert row.abandoned.mean == pytest.approx(1 / 8)
    assert row.reworded.mean == pytest.approx(1 / 8)
    assert row.nothing.mean == pytest.approx(1 / 8)
    assert (row.seconds.mean, row.used, row.silent) == (pytest.approx((5 + 8) / 2), 4, 1)


def test_a_use_hours_later_counts_as_a_use_and_not_as_its_time(make_workspace: MakeWorkspace) -> None:
    log = make_workspace()
    searched(log, "ana", does=[("open", 7200)])
    row = total(read_period(log.log_database, SINCE, NOW).questions)
    assert (row.good.mean, row.used) == (1.0, 0)


def test_an_ask_owns_its_searches_and_what_was_done_with_them(make_workspace: MakeWorkspace) -> None:
    log = make_workspace()
    names = [searched(log, "ana", groups=frozenset({"everyone", "hr"}), does=[("open", 30)]), searched(log, "ana")]
    asked(log, "ana", names, verdict="partial")
    (only,) = read_period(log.log_database, SINCE, NOW).questions
    assert (only.good, only.groups) == (True, frozenset({"everyone", "hr"}))


def test_rates_of_nought_and_one_have_intervals_too() -> None:
    none = rate([False] * 40, [f"p{place}" for place in range(40)])
    assert none.mean == 0
    assert 0.05 < none.high < 0.15  # Wilson's: 1.96² / (40 + 1.96²) = .088
    assert rate([True] * 1000, ["ana"] * 1000).low < 0.5, "one person's thousand questions say little of others"


def test_one_persons_questions_are_not_independent() -> None:
    """Over many made-up companies, the interval holds the truth about as often as it says."""
    chance, hits, naive = random.Random(3), 0, 0
    for _ in range(200):
        shares = [chance.betavariate(1.2, 0.8) for _ in range(20)]
        people = [person for person in range(20) for _ in range(chance.randint(1, 25))]
        happened = [chance.random() < shares[person] for person in people]
        hits += (mine := rate(happened, people)).low <= 0.6 <= mine.high
        naive += (other := rate(happened, range(len(people)))).low <= 0.6 <= other.high
    assert hits >= 180
    assert naive < 150


def test_the_median_has_an_interval_around_it() -> None:
    found = median([float(value) for value in range(1, 102)], [f"p{value}" for value in range(101)])
    assert found.mean == 51
    assert 38 < found.low < 45
    assert 57 < found.high < 64


def test_nobody_is_singled_out_by_group(make_workspace: MakeWorkspace) -> None:
    log = make_workspace()
    for group, people in (("eng", 9), ("hr", 6), ("board", 2), ("legal", 1)):
        for person in range(people):
            searched(log, f"{group}{person}", groups=frozenset({"everyone", group}))
    rows = by_group(read_period(log.log_database, SINCE, NOW).questions)
    # Board and legal are three people: without HR among them, taking the others away would tell theirs.
    assert [(row.name, row.people) for row in rows] == [("eng", 9), ("smaller groups (3)", 9)]
    assert all("board" not in row.name and "legal" not in row.name for row in rows)


def test_small_groups_alone_are_not_shown_at_all(make_workspace: MakeWorkspace) -> None:
    log = make_workspace()
    searched(log, "ana", groups=frozenset({"everyone", "board"}))
    assert by_group(read_period(log.log_database, SINCE, NOW).questions) == []


def test_weeks_of_few_people_go_together(make_workspace: MakeWorkspace) -> None:
    log = make_workspace()
    start = datetime(2026, 10, 26, tzinfo=UTC)
    for week, people in enumerate((6, 2, 7, 1)):
        for person in range(people):
            searched(log, f"p{person}", at=start + timedelta(weeks=week, hours=5))
    rows = by_week(read_period(log.log_database, start, NOW).questions, start, 4)
    assert [(row.name, row.questions) for row in rows] == [
        ("2026-10-26", 6),
        ("2026-11-02 to 2026-11-22", 10),
    ]
    assert sum(row.questions for row in rows) == 16


def test_what_changed_is_told_with_its_moment(make_workspace: MakeWorkspace) -> None:
    log = make_workspace()
    card = EncoderCard(
        model="a", hash="h" * 64, dimensions=2, max_tokens=9, query_prompt="", passage_prompt="", truncate_dim=None
    )
    first = log.registry.register_model("one", "a", card)
    second = log.registry.register_model("two", "b", replace(card, hash="i" * 64))
    for name, model, revision in (("g000002", first, 1), ("g000003", first, 5), ("g000004", second, 5)):
        log.registry.go_live(
            Generation(
                id=name, model=model, engine="embedded", state="ready", passages=1, library_revision=revision,
                cosine_mean=0.0, cosine_deviation=1.0, built=0.0,
            ),
            "sync",
        )  # fmt: skip
    searched(log, "ana", at=NOW - timedelta(days=9), generation="g000000")
    searched(log, "ana", at=NOW - timedelta(days=8), generation="g000001")  # pruned since
    questions = read_period(log.log_database, SINCE, NOW).questions
    found = changes_of(log.registry.moves(), questions, SINCE)
    assert [item.what for item in found] == ["index", "index", "corpus", "model"]
    assert found[0].told == "g000001 first answered"
    assert found[0].at == NOW - timedelta(days=8)
    assert "library 1 → 5" in found[2].told
    assert f"{first.id} → {second.id}" in found[3].told


def test_an_empty_time_is_said(make_workspace: MakeWorkspace) -> None:
    with pytest.raises(UsageError, match=r"\d{4}-\d\d-\d\d") as refused:
        usage_of(make_workspace(), 8)
    assert "--weeks" in refused.value.hint


def test_the_command_shows_keeps_and_names_nobody(hone: Run, make_workspace: MakeWorkspace) -> None:
    log = make_workspace()
    for person in range(6):
        searched(log, f"secretname{person}", f"secretquestion {person}", at=datetime.now(UTC) - timedelta(hours=1))
    searched(log, "secretname1", "<script>", at=datetime.now(UTC) - timedelta(hours=1), groups=frozenset({"<b>x</b>"}))
    assert log.registry.live() is None  # which makes the library's file, without which there is no workspace
    said = hone("evaluate", "usage", "--weeks", "2")
    assert said.code == 0, said.err
    assert "0.0% [0.0, " in said.out
    told = hone("evaluate", "usage", "--json").json
    assert told["all"]["questions"] == 7
    report = next((log.home / "runs").glob("*-usage-*/report.html")).read_text()
    for text in (said.out, json.dumps(told), report):
        assert "secret" not in text
    assert "<b>x" not in report
    assert "<svg" in report
    assert hone("evaluate", "list").code == 0
