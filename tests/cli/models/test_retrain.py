"""`hone models retrain` from the command line: what it prints, and how it ends."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hone.settings import read_settings
from hone.workspace import Workspace
from tests.cli.conftest import HONE, Run
from tests.cli.planted import Retrained
from tests.copying import copied
from tests.training.promotions import open_shop
from training.gate.verdict import Verdict

REFUSED = 3


@pytest.fixture(scope="session")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with five documents that nobody has searched yet."""
    workspace = open_shop(tmp_path_factory.mktemp("shop") / "home")
    workspace.close()
    return workspace.home


@pytest.fixture
def home(indexed: Path, tmp_path: Path) -> Path:
    return copied(indexed, tmp_path / "home")


def test_with_too_little_in_the_log_it_is_refused_with_what_is_missing(hone: Run) -> None:
    said = hone("models", "retrain", "--budget", "90s")
    assert said.code == REFUSED
    assert "Refused" in said.out
    assert "→ hone searches stats" in said.out
    assert "0 of 3" in said.out
    told = hone("models", "retrain", "--json")
    assert told.code == REFUSED
    verdict = Verdict.model_validate_json(told.out)
    assert (verdict.decision, verdict.version) == ("refused", "")
    assert all(reason for reason in verdict.reasons)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--budget", "soon"), "--budget 'soon'"),
        (("--budget", "0m"), "--budget '0m'"),
        (("--watch", "--every", "often"), "--every 'often'"),
        (("--tier", "magic"), "magic"),
        (("--pairs", "nowhere.jsonl"), "nowhere.jsonl"),
        (("--canary", "nowhere"), "nowhere"),
        (("--seed", "-1"), "or equal to 0"),
    ],
)
def test_what_is_asked_wrongly_is_said(hone: Run, arguments: tuple[str, ...], told: str) -> None:
    said = hone("models", "retrain", *arguments)
    assert said.code == 2
    assert told in said.err


@pytest.mark.proof
def test_several_processes_are_one_command(home: Path) -> None:
    said = together(home, "models", "retrain", "--json")
    verdict = Verdict.model_validate_json(said.stdout)
    assert (verdict.decision, verdict.version) == ("refused", ""), "one object, said once"


@pytest.mark.proof
def test_an_error_is_told_once_and_nobody_waits_for_ever(home: Path) -> None:
    workspace = Workspace(read_settings(home))
    with workspace.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM pointer")
    workspace.close()
    said = together(home, "models", "retrain")
    assert said.returncode != 0
    assert said.stderr.count("error: ") == 1


def together(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command with two processes, as torchrun starts them."""
    launched = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", "--standalone"]
    command = [*launched, "-m", "cli.main", "--home", str(home), *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=300, check=False, cwd=Path(__file__).parents[3]
    )


@pytest.fixture
def watch(home: Path) -> Iterator[subprocess.Popen[str]]:
    """A watch in a process of its own."""
    words = [str(HONE), "--home", str(home), "models", "retrain", "--watch", "--every", "1h"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


@pytest.mark.proof
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_watch_stops_cleanly(watch: subprocess.Popen[str], number: signal.Signals) -> None:
    assert watch.stdout is not None
    assert "waiting" in watch.stdout.readline()
    os.kill(watch.pid, number)
    out, err = watch.communicate(timeout=60)
    assert "stopped" in out
    assert (watch.returncode, err) == (0, "")


@pytest.mark.proof
@pytest.mark.xdist_group("planted")
def test_a_better_model_is_promoted_shown_and_rolled_back(hone: Run, home: Path, retrained: Retrained) -> None:
    """Ticket numbers lead to the wrong notes, and the packaged weights believe words too much."""
    shutil.rmtree(home)
    copied(retrained.folder / "home", home)
    verdict = Verdict.model_validate_json(retrained.said)
    assert (retrained.code, verdict.decision) == (0, "promoted"), verdict.reasons
    assert verdict.version == "m0001"
    assert all(check.passed for check in verdict.checks)
    assert hone("models", "list", "--json").json["live"]["version"] == "m0001"
    assert "✓ better" in hone("models", "show").out
    again = hone(
        *("models", "retrain", "--tier", "query-head", "--budget", "1m", "--canary", retrained.folder / "canary")
    )
    assert again.code == REFUSED
    assert "stays live" in again.out
    back = hone("models", "rollback", "--json")
    assert back.code == 0
    assert back.json["from"]["model"] == verdict.model
    assert back.json["to"]["model"] == verdict.live
    assert hone("search", "What do we have on owls?").code == 0
