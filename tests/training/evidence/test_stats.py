"""`hone searches stats` as an admin runs it."""

import json
from pathlib import Path

from typer.testing import CliRunner

from cli.main import app
from hone.workspace import Workspace
from tests.training.office import Office
from tests.training.simulated import Year, simulate
from training.evidence.stats import stats_of


def stats(workspace: Workspace, *arguments: str | Path) -> str:
    result = CliRunner().invoke(app, ["--home", str(workspace.home), "searches", "stats", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_an_empty_log_says_what_is_missing(office: Office) -> None:
    said = stats(office.workspace)
    assert "0 searches and 0 asks" in said
    assert "0 of 300 question–passage pairs" in said


def test_a_log_is_counted_by_kind_and_reason_and_nobody_is_named(office: Office) -> None:
    simulate(office, Year(searches=300, documents=20))
    told = json.loads(stats(office.workspace, "--json"))
    assert {one["kind"] for one in told["evidence"] if one["found"]} >= {"click", "relevant", "taken", "cited"}
    assert told["ready"] is False
    assert told["amounts"]["people"] > 3
    assert all(not word.startswith("p1") for word in json.dumps(told).replace('"', " ").split())
    said = stats(office.workspace)
    assert "not used because" in said
    assert "repeated by the same person" in said


def test_everything_found_is_used_or_accounted_for(office: Office) -> None:
    usable = simulate(office, Year(searches=500, documents=20))
    found = stats_of(usable)
    dropped = sum(item.count for item in found.dropped if item.kind in {one.kind for one in found.evidence})
    nowhere = sum(item.count for item in found.dropped if item.reason == "its result was not shown")
    assert sum(one.found for one in found.evidence) == sum(one.used for one in found.evidence) + dropped - nowhere


def test_enough_is_enough(office: Office) -> None:
    assert stats_of(simulate(office, Year(searches=6000, documents=400))).ready
