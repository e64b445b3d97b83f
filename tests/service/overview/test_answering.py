"""Times and troubles as the log has them."""

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agents.llm.capabilities import Capabilities, EndpointFacts
from agents.llm.client import Llm
from agents.run import STOPPED
from hone.log.asks import AskLog
from hone.log.rows import LoggedSearch
from hone.settings import LlmSettings
from hone.workspace import Workspace
from service.overview.answering import LlmState, llm_state, paces_since, troubles_since
from tests.conftest import MakeWorkspace
from tests.service.overview.test_misses import ask

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WEEK_AGO = NOW - timedelta(days=7)


def timed(name: str, days: float, took: dict[str, float], **more: object) -> LoggedSearch:
    at = NOW - timedelta(days=days)
    search = LoggedSearch(search_id=name, person="ana", query="q", timestamp=at, shown=(), took_ms=took)
    return replace(search, **more)  # pyright: ignore[reportArgumentType]  # fields of it


def filled(make_workspace: MakeWorkspace) -> Workspace:
    workspace = make_workspace()
    searches = [timed(f"s{n}", 1 + n % 2, {"encode": 1.0, "legs": n, "total": 10.0 + n}) for n in range(101)]
    workspace.log.add(
        [*searches, timed("old", 9, {"total": 1e6}), timed("foreign", 1, {"total": 1e6}, imported=True)], []
    )
    return workspace


def test_stages_keep_their_order_and_percentiles_are_right(make_workspace: MakeWorkspace) -> None:
    pace = paces_since(filled(make_workspace).log_database, WEEK_AGO).searches
    assert [stage.name for stage in pace.stages] == ["encode", "legs", "total"]
    assert pace.total is not None
    assert (pace.total.count, pace.total.p50, pace.total.p95) == (101, 60.0, 105.0)


def test_days_are_told_apart(make_workspace: MakeWorkspace) -> None:
    pace = paces_since(filled(make_workspace).log_database, WEEK_AGO).searches
    assert [(day.day.day, day.count, day.p50) for day in pace.days] == [(18, 50, 60.0), (19, 51, 60.0)]


def test_without_any_there_is_no_pace(make_workspace: MakeWorkspace) -> None:
    paces = paces_since(make_workspace().log_database, WEEK_AGO)
    assert paces.answers.total is None
    assert paces.answers.days == ()


def test_troubles_are_counted_by_what_they_were(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace()
    asks = AskLog(workspace.log_database)
    slow = {"stage": "plan", "what": "timeout", "instead": "planned by rules"}
    full = {"stage": "log", "what": "disk full", "instead": "no trace"}
    for number, degraded in enumerate([(slow,), (slow, full), ()]):
        asks.record(replace(ask(f"a{number}", at=NOW - timedelta(days=number)), degraded=degraded))
    asks.record(replace(ask("stopped", at=NOW), degraded=(asdict(STOPPED),)))
    asks.record(replace(ask("old", at=NOW - timedelta(days=8)), degraded=(slow,)))
    workspace.log.add([timed("s", 1, {}, notices=("The index g1 is damaged.",))], [])
    found = troubles_since(workspace.log_database, WEEK_AGO)
    assert (found.answers, found.degraded) == (4, 2)
    assert [(item.stage, item.count, item.last) for item in found.troubles] == [
        ("plan", 2, NOW),
        ("log", 1, NOW - timedelta(days=1)),
        ("search", 1, NOW - timedelta(days=1)),
    ]


def test_without_an_llm_there_is_no_state() -> None:
    assert llm_state(None) == LlmState()


def test_what_an_llm_may_not_do_is_told_as_soon_as_it_is_known(tmp_path: Path) -> None:
    settings = LlmSettings(base_url="http://127.0.0.1:1/v1", model="small")
    serving, checking = (Capabilities(tmp_path / "llm.json", settings) for _ in range(2))
    checking.checked(EndpointFacts(denied={"write": "wrote 1 of 6 answers that hold"}))
    serving.refresh()
    state = llm_state(Llm(settings, serving))
    assert (state.name, dict(state.denied)) == ("small", {"write": "wrote 1 of 6 answers that hold"})
    assert state.checked
