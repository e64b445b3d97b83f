"""From whom a workspace learns: its settings, and people who said so themselves."""

import json

import pytest
from typer.testing import CliRunner

from cli.main import app
from hone.errors import UsageError
from hone.log.optouts import OptOuts
from hone.settings import read_settings
from hone.workspace import Workspace
from tests.training.office import Office, reasons
from training.evidence.rules import rules_of

TOML = """
[encoder]
model = "hash"
[training]
opted_out = ["bo"]
restricted = true
shuffled = 0.05
[training.authors]
"wiki/vpn*" = ["ana"]
"*.md" = ["cy", "bo"]
"""


@pytest.fixture
def settled(office: Office) -> Office:
    """Return the office settings of its own."""
    (office.workspace.home / "hone.toml").write_text(TOML, encoding="utf-8")
    office.workspace = Workspace(read_settings(office.workspace.home))
    return office


def test_without_settings_nobody_is_left_out(office: Office) -> None:
    rules = rules_of(office.workspace)
    assert (rules.opted_out, rules.restricted, dict(rules.authors)) == (frozenset(), False, {})


def test_settings_name_people_and_who_wrote_what(settled: Office) -> None:
    rules = rules_of(settled.workspace)
    assert (rules.opted_out, rules.restricted) == (frozenset({"bo"}), True)
    assert rules.authors["vpn.md"] == {"ana", "cy", "bo"}
    assert rules.authors["leave.md"] == {"cy", "bo"}


def test_people_opt_out_themselves_and_take_it_back(settled: Office) -> None:
    outs = OptOuts(settled.workspace.log_database)
    outs.add("di")
    outs.add("di")
    assert outs.has("di")
    assert rules_of(settled.workspace).opted_out == {"bo", "di"}
    outs.remove("di")
    assert rules_of(settled.workspace).opted_out == {"bo"}
    with pytest.raises(UsageError):
        outs.add("")


def test_what_is_left_out_is_counted_with_the_reason_and_so_is_what_nobody_is_named_for(settled: Office) -> None:
    theirs = settled.search("bo", "leave rules", ["leave.md#0"])
    settled.act(theirs, "relevant", "leave.md#0", person="")  # many systems name people with the search alone
    settled.act(settled.search("ana", "vpn token", ["vpn.md#0"]), "relevant", "vpn.md#0")
    settled.act(settled.search("ana", "severance", ["severance.md#0"]), "relevant", "severance.md#0")
    found = settled.usable(rules_of(settled.workspace))
    assert reasons(found) == {"the person opted out": 1, "the person's own document": 1}
    assert (found.unread, found.restricted) == (1, {"severance.md"})
    said = CliRunner().invoke(app, ["--home", str(settled.workspace.home), "searches", "stats"]).stdout
    assert "1 more" in said
    assert "the person's own document" in said
    assert "training.restricted" in " ".join(said.split())
    told = CliRunner().invoke(app, ["--home", str(settled.workspace.home), "searches", "stats", "--json"]).stdout
    assert json.loads(told)["restricted"] == 1


@pytest.mark.parametrize("line", ["shuffled = 0.3", "shuffled = -0.1", "opted = []"])
def test_wrong_settings_are_refused(office: Office, line: str) -> None:
    (office.workspace.home / "hone.toml").write_text(f"[training]\n{line}\n", encoding="utf-8")
    with pytest.raises(UsageError):
        read_settings(office.workspace.home)
