"""Killed at any step of a promotion or a rollback, it leaves the old or the new live; the same command finishes it."""

import subprocess
import sys
from pathlib import Path

import pytest

from hone.progress import Silent
from hone.workspace import Workspace
from retriever.indexing.beside import build_beside
from retriever.indexing.generations import sweep, verify_all
from retriever.searching.searcher import Question, Searcher
from tests.training.promotions import decide, follow, live_of, narrowed, passed, reweighed, write
from training.candidates.candidates import candidate_statuses, list_candidates, register
from training.candidates.drafts import abandoned
from training.candidates.promoting import promote

# Whoever hears of progress can end the process: at the beginning of a step, or in the middle of one.
KILLED = """
import os, signal, sys
from pathlib import Path
from hone.settings import read_settings
from hone.workspace import Workspace
from training.candidates.promoting import promote, rollback

class Killing:
    def __init__(self, step, inside):
        self.step, self.inside, self.here = step, inside, False

    def stage(self, name, total):
        self.here = name.endswith(self.step)
        if self.here and not self.inside:
            os.kill(os.getpid(), signal.SIGKILL)

    def advance(self, steps):
        if self.here and steps:
            os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    home, command, step, inside = sys.argv[1:]
    workspace, progress = Workspace(read_settings(Path(home))), Killing(step, inside == "inside")
    promote(workspace, "m0001", progress, wait=30) if command == "promote" else rollback(workspace, progress, wait=30)
    sys.exit("it was not killed")
"""
# What is live when a promotion is killed as a step begins.
STEPS = (
    ("registering", "begins", "old"),
    ("encoding", "begins", "old"),
    ("encoding", "inside", "old"),
    ("indexing", "begins", "old"),
    ("indexing", "inside", "old"),
    ("verifying", "begins", "old"),
    ("switching to the new model", "begins", "old"),
    ("tidying", "begins", "new"),
    ("writing the verdict", "begins", "new"),
)


@pytest.fixture
def workspace(shop: Workspace) -> Workspace:
    return shop


def killed(home: Path, command: str, step: str, where: str) -> None:
    script = home.parent / "killed.py"
    script.write_text(KILLED, encoding="utf-8")
    arguments = [sys.executable, script, home, command, step, where]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=600, env=ENVIRONMENT)
    assert done.returncode == -9, (done.returncode, done.stderr)


ENVIRONMENT = {"PYTHONPATH": str(Path(__file__).parents[2])}


def model_that_answers(workspace: Workspace, words: str, expected: str) -> str:
    searcher = Searcher(workspace)
    result = searcher.search(Question(text=words))
    searcher.close()
    assert (result.hits[0].document, result.notices) == (expected, ())
    assert result.generation == live_of(workspace).id
    return result.model


def nothing_is_left_over(workspace: Workspace) -> bool:
    sweep(workspace)
    known = {item.id for item in workspace.registry.generations()}
    on_disk = {path.name for path in workspace.index.iterdir()} - {".views"}
    return on_disk == known and not any(verdict.damage for verdict in verify_all(workspace))


@pytest.mark.proof
@pytest.mark.parametrize(("step", "where", "live"), STEPS)
def test_a_promotion_that_is_killed_leaves_the_old_or_the_new_and_is_finished_by_the_same_command(
    workspace: Workspace, step: str, where: str, live: str
) -> None:
    old, candidate = live_of(workspace).model.id, narrowed(workspace)
    if step == "indexing":  # its index lags behind, so that bringing it up to date is what is killed
        build_beside(workspace, register(workspace, candidate), Silent(), wait=5)
    decide(workspace, candidate)
    write(workspace, "jess", "The jess came later.")
    follow(workspace)
    killed(workspace.home, "promote", step, where)
    expected = {"old": old, "new": candidate.manifest.model}
    assert model_that_answers(workspace, "jess came later", "jess") == expected[live]
    (standing,) = candidate_statuses(workspace)
    assert (standing.live, standing.decision) == ((True, "promoted") if live == "new" else (False, "passed"))
    assert promote(workspace, "m0001", Silent(), wait=30).model.id == expected["new"]
    assert model_that_answers(workspace, "jess came later", "jess") == expected["new"]
    (candidate,) = list_candidates(workspace.home).found
    assert candidate.verdict is not None
    assert candidate.verdict.decision == "promoted"
    assert nothing_is_left_over(workspace)


@pytest.mark.proof
def test_a_promotion_of_new_weights_that_is_killed_while_it_copies_is_finished_by_the_same_command(
    workspace: Workspace,
) -> None:
    old, candidate = live_of(workspace).model.id, passed(workspace, reweighed(workspace))
    killed(workspace.home, "promote", "copying", "begins")
    assert model_that_answers(workspace, "falcon hood", "hood") == old
    assert promote(workspace, "m0001", Silent(), wait=30).model.id == candidate.manifest.model
    assert nothing_is_left_over(workspace)


@pytest.mark.proof
@pytest.mark.parametrize(
    ("step", "where"), [("is live again", "begins"), ("indexing", "begins"), ("indexing", "inside")]
)
def test_a_rollback_that_is_killed_has_gone_back_and_the_next_sync_brings_it_up_to_date(
    workspace: Workspace, step: str, where: str
) -> None:
    old = live_of(workspace).model.id
    passed(workspace, narrowed(workspace))
    promote(workspace, "m0001", Silent(), wait=30)
    write(workspace, "jess", "The jess came later.")
    follow(workspace)
    killed(workspace.home, "rollback", step, where)
    assert model_that_answers(workspace, "falcon hood", "hood") == old
    follow(workspace)
    assert model_that_answers(workspace, "jess came later", "jess") == old
    assert nothing_is_left_over(workspace)


FITTED = """
import os, signal, sys
from pathlib import Path
from hone.settings import read_settings
from hone.workspace import Workspace
from retriever.indexing.beside import build_beside
from hone.progress import Silent
from tests.training.promotions import live_of, manifest_for_weights
from training.candidates.candidates import seal
from training.candidates.drafts import begin
from training.candidates.candidates import register

def reached(step):
    if step == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    workspace = Workspace(read_settings(Path(sys.argv[1])))
    draft = begin(workspace.home)
    (draft.folder / "notes.txt").write_text("fitted")
    reached("draft written")
    candidate = seal(draft, manifest_for_weights(workspace, draft.version, 3.0))
    reached("sealed")
    model = register(workspace, candidate)
    reached("registered")
    build_beside(workspace, model, Silent(), wait=30)
    reached("built")
"""


@pytest.mark.proof
@pytest.mark.parametrize("step", ["draft written", "sealed", "registered", "built"])
def test_a_retraining_that_is_killed_leaves_what_was_live_and_what_it_had_made(workspace: Workspace, step: str) -> None:
    script = workspace.home.parent / "fitted.py"
    script.write_text(FITTED, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, script, workspace.home, step], capture_output=True, text=True, env=ENVIRONMENT
    )
    assert done.returncode == -9, done.stderr
    assert live_of(workspace).id == "g000001"
    assert abandoned(workspace.home) == (("m0001",) if step == "draft written" else ())
    follow(workspace)
    beside = [item.id for item in workspace.registry.beside_live()]
    assert beside == (["g000002"] if step == "built" else [])
    if step == "draft written":
        assert reweighed(workspace).version == "m0002", "a new one does not get in its way"
        return
    (candidate,) = list_candidates(workspace.home).found
    decide(workspace, candidate)
    assert promote(workspace, candidate.version, Silent(), wait=30).model.id == candidate.manifest.model
    assert nothing_is_left_over(workspace)
