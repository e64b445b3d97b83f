"""A retraining that was cut off is gone on with, and what it had trained to the end is judged."""

from pathlib import Path

import pytest

from hone.progress import Silent
from hone.settings import read_settings
from hone.workspace import Workspace
from tests.cli.planted import plant, planted, write_canary, write_pairs
from training.candidates.candidates import find_candidate, list_candidates
from training.plan import Plan
from training.retrain import retrain


class Killing(Silent):
    """Ends the training as a stage begins, as Ctrl-C would, and remembers the stages before."""

    def __init__(self, at: str = "") -> None:
        self.at = at
        self.names: list[str] = []

    def stage(self, name: str, total: int | None) -> None:
        del total
        self.names.append(name)
        if name == self.at:
            raise KeyboardInterrupt


@pytest.mark.proof
def test_a_candidate_that_was_sealed_and_not_judged_is_judged_by_going_on(tmp_path: Path) -> None:
    asked = planted(260, seed=3)
    plant(tmp_path / "home", asked)
    plan = Plan(
        tier="fusion",
        pairs=(write_pairs(tmp_path / "pairs.jsonl", asked),),
        canary=write_canary(tmp_path / "canary", planted(60, seed=4)),
        promote=False,
        resume=True,
    )
    workspace = Workspace(read_settings(tmp_path / "home"))
    with pytest.raises(KeyboardInterrupt):
        retrain(workspace, plan, Killing("asking held-out questions"))
    assert find_candidate(workspace.home, "latest").verdict is None
    heard, said = Killing(), list[str]()
    verdict = retrain(workspace, plan, heard, say=said.append)
    assert (verdict.version, verdict.decision) == ("m0001", "passed"), verdict.reasons
    assert said == ["m0001 was trained to the end and not judged; the gate sees it now."]
    assert "asking held-out questions" in heard.names
    assert "weighing the legs" not in heard.names, "nothing is learned twice"
    (candidate,) = list_candidates(workspace.home).found
    assert candidate.verdict == verdict
    assert candidate.manifest.read is not None
    assert candidate.manifest.read < candidate.manifest.created
    workspace.close()
