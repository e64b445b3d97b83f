"""A retraining that was cut off is gone on with, and what it had trained to the end is judged."""

from pathlib import Path

import pytest

from hone.progress import Silent
from hone.settings import read_settings
from hone.workspace import Workspace
from tests.cli.planted import UNTIMED
from tests.copying import copied
from training.candidates.candidates import find_candidate, list_candidates
from training.plan import TrainingPlan
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
@pytest.mark.xdist_group("planted")
def test_a_candidate_that_was_sealed_and_not_judged_is_judged_by_going_on(planted_folder: Path, tmp_path: Path) -> None:
    folder = copied(planted_folder, tmp_path)
    given = (folder / "pairs.jsonl",)
    plan = TrainingPlan(tier="fusion", pairs=given, canary=folder / "canary", promote=False, resume=True, gate=UNTIMED)
    workspace = Workspace(read_settings(folder / "home"))
    with pytest.raises(KeyboardInterrupt):
        retrain(workspace, plan, Killing("asking held-out questions"))
    assert find_candidate(workspace.home, "latest").verdict is None
    heard, said = Killing(), list[str]()
    verdict = retrain(workspace, plan, heard, say=said.append)
    assert (verdict.version, verdict.decision) == ("m0001", "passed"), verdict.reasons
    assert [line.split()[0] for line in said] == ["m0001"]
    assert "asking held-out questions" in heard.names
    assert "choosing fusion weights" not in heard.names, "nothing is learned twice"
    (candidate,) = list_candidates(workspace.home).found
    assert candidate.verdict == verdict
    assert candidate.manifest.read is not None
    assert candidate.manifest.read < candidate.manifest.created
    workspace.close()
