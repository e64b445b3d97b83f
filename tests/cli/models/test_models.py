"""`hone models`: what there is, what the gate said, and which one serves."""

import getpass
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from hone.errors import HoneError, UsageError
from hone.log.rows import Event, LoggedSearch
from hone.settings import read_settings
from hone.workspace import Workspace
from tests.copying import copied
from tests.training.promotions import decide, live_of, open_shop, reweighed, with_encoder
from training.candidates.candidates import Candidate, write_verdict
from training.candidates.drafts import begin
from training.candidates.manifest import FILE as MANIFEST
from training.candidates.manifest import Tried
from training.gate.verdict import FILE as VERDICT
from training.gate.verdict import Check, ComparedMeasure, Regression, Verdict
from training.refusals import remember_refusal

Hone = Callable[..., Result]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A workspace with a few documents."""

    home: Path

    def open(self) -> Workspace:
        return Workspace(read_settings(self.home))


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace, indexed once for all tests."""
    workspace = open_shop(tmp_path_factory.mktemp("shop") / "home")
    workspace.close()
    return workspace.home


@pytest.fixture
def shop(made: Path, tmp_path: Path) -> Shop:
    """A copy of it."""
    return Shop(home=copied(made, tmp_path / "home"))


@pytest.fixture
def hone(shop: Shop) -> Hone:
    """Run a command; what `main` would turn into a message stays an exception."""

    def run(*arguments: str, answer: str = "") -> Result:
        return CliRunner().invoke(app, ["--home", str(shop.home), "models", *arguments], input=answer)

    return run


def learned(shop: Shop, *ids: str, decision: str = "passed", reason: str = "", bm25: float = 3.0) -> Candidate:
    """Leave a candidate behind that learned from some evidence."""
    workspace = shop.open()
    candidate = reweighed(workspace, bm25)
    manifest = candidate.manifest.model_copy(
        update={
            "evidence": frozenset(ids),
            "pairs": {"train": 410, "dev": 50, "test": 100},
            "tried": (
                Tried(tier="fusion", score=0.712, seconds=6.0),
                Tried(tier="lora", score=0.0, seconds=0.0, said="Not tried: it takes 500 examples, and there are 410."),
            ),
        }
    )
    (candidate.folder / MANIFEST).write_text(manifest.model_dump_json(), encoding="utf-8")
    decide(workspace, candidate, decision, reason=reason)  # pyright: ignore[reportArgumentType]  # a decision
    workspace.close()
    return replace(candidate, manifest=manifest)


def test_without_any_model_the_list_says_what_to_do(hone: Hone) -> None:
    said = hone("list")
    assert said.exit_code == 0
    assert "hone models retrain" in said.stdout
    assert "(g000001), not trained here" in said.stdout
    told = json.loads(hone("list", "--json").stdout)
    assert told["models"] == []
    assert told["live"]["version"] is None


def test_the_list_shows_every_model_newest_first_and_what_is_wrong(shop: Shop, hone: Hone) -> None:
    learned(shop, decision="refused", reason="better: no gain")
    learned(shop)
    begin(shop.home)  # held by this process: somebody is at work on it
    (shop.home / "models" / ".m0007.fitting").mkdir()
    broken = shop.home / "models" / "m0008"
    broken.mkdir()
    (broken / MANIFEST).write_text("{")
    rows = [line.split() for line in hone("list").stdout.splitlines()]
    assert [row[:2] for row in rows if row and row[0].startswith("m000")] == [["m0002", "fusion"], ["m0001", "fusion"]]
    said = hone("list").stdout
    assert "m0007. → hone models retrain --resume" in said
    assert "m0008/manifest.json" in said
    assert "0.712" in said
    first, second = json.loads(hone("list", "--json").stdout)["models"]
    assert (first["decision"], second["decision"]) == ("passed", "refused")
    assert (first["dev"], first["pairs"]["train"], first["live"]) == (0.712, 410, False)


def test_a_model_that_passed_is_promoted_and_rolled_back(shop: Shop, hone: Hone) -> None:
    candidate, before = learned(shop), "hash@"
    moved = hone("promote", "latest")
    assert moved.exit_code == 0, moved.exception
    assert moved.stdout.index(f"{candidate.manifest.model} (g000002)") < moved.stdout.index(before)
    arrow = next(line for line in hone("list").stdout.splitlines() if line.startswith("→"))
    assert arrow.split()[1] == candidate.version
    assert "promoted" in arrow
    back = json.loads(hone("rollback", "--json").stdout)
    assert back["from"] == {"generation": "g000002", "model": candidate.manifest.model}
    assert back["to"]["generation"] == "g000001"
    workspace = shop.open()
    move = workspace.registry.moves()[-1]
    workspace.close()
    assert (move.generation.id, move.why) == ("g000001", "rollback")
    assert not any(line.startswith("→") for line in hone("list").stdout.splitlines())
    assert isinstance(hone("rollback").exception, UsageError)


def test_a_refused_model_is_promoted_only_by_force(shop: Shop, hone: Hone) -> None:
    learned(shop, decision="refused", reason="better: no gain")
    refused = hone("promote", "m0001")
    assert isinstance(refused.exception, HoneError)
    assert "no gain" in str(refused.exception)
    assert "--force" in str(refused.exception)
    assert hone("promote", "m0001", "--force").exit_code == 0
    assert isinstance(hone("promote", "m0009").exception, UsageError)


@pytest.mark.parametrize("judged", [True, False])
def test_a_promotion_by_force_is_told_wherever_the_model_is(shop: Shop, hone: Hone, judged: bool) -> None:
    candidate = learned(shop, decision="refused", reason="better: no gain")
    verdict = candidate.folder / VERDICT
    checks = [{"name": "better", "passed": False, "says": "no gain"}, {"name": "slices", "passed": True, "says": ""}]
    plain = json.loads(verdict.read_text(encoding="utf-8")) | {"checks": checks}
    verdict.write_text(json.dumps(plain), encoding="utf-8")
    if not judged:
        verdict.unlink()
    assert json.loads(hone("list", "--json").stdout)["models"][0]["forced"] is None
    assert hone("promote", "m0001", "--force").exit_code == 0
    forced = json.loads(hone("list", "--json").stdout)["models"][0]["forced"]
    assert (forced["by"], forced["failed"]) == (getpass.getuser(), ["better"] if judged else [])
    assert datetime.fromisoformat(forced["at"]) <= datetime.now(UTC)
    assert json.loads(hone("show", "m0001", "--json").stdout)["forced"] == forced
    if judged:
        kept = json.loads(verdict.read_text(encoding="utf-8"))
        assert (kept["decision"], kept["forced"]) == ("promoted", forced)
    for said in (hone("list").stdout, hone("show").stdout):
        assert all(word in said for word in ("m0001", getpass.getuser(), forced["at"][:10], *forced["failed"]))


def test_a_promotion_that_needed_no_force_is_not_called_one(shop: Shop, hone: Hone) -> None:
    learned(shop)
    assert hone("promote", "m0001", "--force").exit_code == 0
    assert json.loads(hone("list", "--json").stdout)["models"][0]["forced"] is None


def test_a_training_that_left_no_model_is_told_with_its_reasons(shop: Shop, hone: Hone) -> None:
    refused = Verdict(
        version="",
        model="",
        live="hash@1",
        live_generation="g000001",
        generation="",
        decided=datetime(2026, 11, 20, tzinfo=UTC),
        decision="refused",
        reasons=("Nothing was better: fusion 0.612, query-head 0.600.",),
    )
    remember_refusal(shop.home, refused, refused.decided)
    said = hone("list").stdout
    assert all(word in said for word in ("2026-11-20", *refused.reasons))
    told = json.loads(hone("list", "--json").stdout)["refused_without_model"]
    assert (told["reasons"], told["decided"][:10]) == (list(refused.reasons), "2026-11-20")
    learned(shop)  # made later than that
    assert json.loads(hone("list", "--json").stdout)["refused_without_model"] is None
    assert refused.reasons[0] not in hone("list").stdout


def test_show_tells_lineage_and_verdict(shop: Shop, hone: Hone) -> None:
    candidate, workspace = learned(shop, "e1", "e2"), shop.open()
    live = live_of(workspace)
    workspace.close()
    verdict = Verdict(
        version=candidate.version,
        model=candidate.manifest.model,
        live=live.model.id,
        live_generation=live.id,
        generation="g000002",
        decided=datetime(2026, 11, 27, tzinfo=UTC),
        decision="refused",
        reasons=("better: too few questions",),
        checks=(
            Check(name="better", passed=False, says="too few questions"),
            Check(name="permission", passed=True, says="Nothing was shown to anybody who may not read it."),
        ),
        measures=(ComparedMeasure(name="fused nDCG@10", live=0.5, candidate=0.52, low=-0.01, high=0.05, questions=61),),
        regressions=(Regression(question="Where is the \x1b[31mglove?", before=1.0, after=0.2),),
        questions=61,
        needed=240,
    )
    write_verdict(shop.home, verdict)
    said = hone("show", "latest").stdout
    for part in (
        "410 train, 50 dev, 100 test; by source: log 1",
        "2 items",
        "bm25 3",
        "it takes 500 examples",
        "✗ better: too few questions",
        "✓ permission",
        "0.500",
        "240",
        "179",
    ):
        assert part in said, part
    assert "\x1b" not in said
    told = json.loads(hone("show", candidate.version, "--json").stdout)
    assert Verdict.model_validate(told["verdict"]) == verdict
    assert type(candidate.manifest).model_validate(told["manifest"]) == candidate.manifest
    assert isinstance(hone("show", "m0404").exception, UsageError)


def test_show_of_a_model_that_was_not_judged_says_so(shop: Shop, hone: Hone) -> None:
    candidate = learned(shop)
    (candidate.folder / "verdict.json").unlink()
    assert "hone models retrain --resume" in hone("show").stdout
    assert json.loads(hone("show", "--json").stdout)["verdict"] is None


def test_forget_person_a_person_names_the_models_asks_and_marks_them(shop: Shop, hone: Hone) -> None:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    workspace = shop.open()
    search = LoggedSearch(search_id="s1", person="ana", query="perch?", timestamp=at, shown=("p",))
    event = Event(action="relevant", search_id="s1", person="ana", object_id="p", timestamp=at, event_id="e1")
    workspace.log.add([search], [event])
    workspace.close()
    learned(shop, "e1", "e9")
    other = learned(shop, "e9", bm25=5.0)
    hone("promote", other.version)
    refused = hone("forget-person", "ana", answer="n\n")
    assert refused.exit_code == 1
    assert "m0001" in refused.stdout
    assert "m0002" not in refused.stdout
    assert "1 searches and 1 events of ana" in refused.stdout
    workspace = shop.open()
    assert workspace.log.counts().searches == 1
    workspace.close()
    done = hone("forget-person", "ana", answer="y\n")
    assert "ana: 1 searches, 1 events" in done.stdout
    assert "forgotten: m0001." in hone("list").stdout
    assert "forgotten on" in hone("show", "m0001").stdout
    assert [item["forgotten"] for item in json.loads(hone("list", "--json").stdout)["models"]] == [False, True]
    again = json.loads(hone("forget-person", "ana", "--yes", "--json", "--retrain").stdout)
    assert (again["searches"], again["models"], again["verdict"]) == (0, [], None)


def test_there_is_always_a_way_to_a_clean_model(shop: Shop, hone: Hone) -> None:
    """Forgotten without --retrain at first, in a log too small to train on: what is left is the untouched encoder."""
    at = datetime(2026, 11, 20, tzinfo=UTC)
    workspace = shop.open()
    search = LoggedSearch(search_id="s1", person="ana", query="perch?", timestamp=at, shown=("p",))
    event = Event(action="relevant", search_id="s1", person="ana", object_id="p", timestamp=at, event_id="e1")
    workspace.log.add([search], [event])
    untouched = live_of(workspace).model.id
    workspace.close()
    promoted = learned(shop, "e1")
    hone("promote", promoted.version)
    first = hone("forget-person", "ana", "--yes")
    assert "model, m0001," in first.stdout
    assert "--retrain" in first.stdout
    workspace = shop.open()
    on_top = reweighed(workspace, 7.0)
    decide(workspace, on_top)
    workspace.close()
    assert "forgotten: m0001, m0002." in hone("list").stdout, "what stands on it has it too"
    told_of = [line for line in hone("show", "m0002").stdout.splitlines() if "forgotten" in line]
    assert any("m0001" in line for line in told_of), told_of
    done = hone("forget-person", "ana", "--yes", "--retrain", "--json")
    told = json.loads(done.stdout)
    assert done.exit_code == 3, "too little was left to train on"
    assert (told["verdict"]["decision"], told["verdict"]["live"], told["live_is_clean"]) == ("refused", untouched, True)
    workspace = shop.open()
    assert live_of(workspace).model.id == untouched
    assert {item.model.id for item in workspace.registry.generations()} == {untouched}
    workspace.close()
    assert isinstance(hone("rollback").exception, HoneError), "nothing leads back to it"
    assert "m0001" in str(hone("promote", "m0001").exception)
    assert isinstance(hone("promote", "m0002").exception, HoneError), "it was held against what is gone"
    assert hone("forget-person", "ana", "--yes", "--retrain").exit_code == 0, "there is nothing more to do"


def test_encoders_that_can_not_serve_again_are_pruned(shop: Shop, hone: Hone) -> None:
    workspace = shop.open()
    for _ in range(3):
        with_encoder(workspace)
    workspace.close()
    assert hone("prune").stdout == "Nothing to delete.\n"
    assert "m0002, m0001: 0.0 MB" in hone("prune", "--keep", "1").stdout
    assert [item["pruned"] for item in json.loads(hone("list", "--json").stdout)["models"]] == [False, True, True]
    assert "undecided, pruned" in hone("list").stdout
    assert hone("show", "m0001").exit_code == 0


@pytest.mark.parametrize("command", ["list", "show", "retrain", "promote", "rollback", "prune", "forget-person"])
def test_every_command_has_an_example(hone: Hone, command: str) -> None:
    told = " ".join(hone(command, "--help").stdout.replace("│", " ").split())
    assert f"Example: hone models {command}" in told


def test_commands_want_a_workspace(tmp_path: Path) -> None:
    for command in (["list"], ["show"], ["retrain"], ["rollback"]):
        done = CliRunner().invoke(app, ["--home", str(tmp_path / "nowhere"), "models", *command])
        assert isinstance(done.exception, UsageError), command
