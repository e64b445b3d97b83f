"""Drafts become candidates by one rename; what can't be read keeps nothing else from being listed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hone.errors import HoneError, UsageError
from hone.records import EncoderCard
from hone.registry import Model
from tests.training.promotions import NOW, manifest_of
from training.candidates.candidates import find_candidate, list_candidates, seal, write_verdict
from training.candidates.drafts import Origin, abandoned, begin, discard, draft_for, take_up
from training.gate.verdict import Verdict

CARD = EncoderCard(
    model="hash", hash="a" * 64, dimensions=8, max_tokens=9, query_prompt="", passage_prompt="", truncate_dim=None
)
BASE = Model(id="hash@aaaaaaaa", location="hash", card=CARD)


def sealed(home: Path) -> str:
    draft = begin(home)
    (draft.folder / "model.safetensors").write_text("weights")
    (draft.work / "checkpoint").write_text("half a model")
    return seal(draft, manifest_of(draft.version, f"{draft.version}@aaaaaaaa", BASE, location="hash")).version


def verdict(version: str) -> Verdict:
    return Verdict(
        version=version,
        model=f"{version}@aaaaaaaa",
        live=BASE.id,
        live_generation="g000001",
        generation="g000002",
        decided=NOW,
        decision="refused",
        reasons=("Too few questions.",),
    )


def test_versions_count_up_and_drafts_hold_their_number(tmp_path: Path) -> None:
    assert sealed(tmp_path) == "m0001"
    held = begin(tmp_path)
    assert held.version == "m0002"
    assert sealed(tmp_path) == "m0003"
    discard(held)
    assert [item.version for item in list_candidates(tmp_path).found] == ["m0003", "m0001"]
    assert begin(tmp_path).version == "m0004"


def test_a_sealed_candidate_has_the_model_and_the_manifest_and_no_leftovers(tmp_path: Path) -> None:
    folder = find_candidate(tmp_path, sealed(tmp_path)).folder
    assert sorted(path.name for path in folder.iterdir()) == ["manifest.json", "model.safetensors"]
    assert json.loads((folder / "manifest.json").read_text())["version"] == "m0001"
    assert [path.name for path in folder.parent.iterdir()] == ["m0001"]


def test_a_manifest_of_another_version_is_refused(tmp_path: Path) -> None:
    draft = begin(tmp_path)
    with pytest.raises(HoneError, match="names m0009, but the draft is m0001"):
        seal(draft, manifest_of("m0009", "m0009@aaaaaaaa", BASE, location="hash"))
    assert list_candidates(tmp_path).found == ()


def test_a_candidate_is_found_by_version_by_id_and_as_the_latest(tmp_path: Path) -> None:
    for _ in range(2):
        sealed(tmp_path)
    assert find_candidate(tmp_path, "m0001").version == "m0001"
    assert find_candidate(tmp_path, "m0001@aaaaaaaa").version == "m0001"
    assert find_candidate(tmp_path, "latest").version == "m0002"
    with pytest.raises(UsageError, match=r"'m0007'\. Models: m0002, m0001"):
        find_candidate(tmp_path, "m0007")


def test_a_verdict_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    version = sealed(tmp_path)
    assert find_candidate(tmp_path, version).verdict is None
    write_verdict(tmp_path, verdict(version))
    write_verdict(tmp_path, verdict(version).model_copy(update={"decision": "passed"}))
    found = find_candidate(tmp_path, version)
    assert found.verdict is not None
    assert found.verdict.decision == "passed"
    assert {path.name for path in found.folder.iterdir()} == {"manifest.json", "model.safetensors", "verdict.json"}
    with pytest.raises(HoneError, match="no model 'm0009'"):
        write_verdict(tmp_path, verdict("m0009"))


def test_what_cannot_be_read_is_told_and_hides_nothing(tmp_path: Path) -> None:
    for _ in range(3):
        sealed(tmp_path)
    models = tmp_path / "models"
    (models / "m0001" / "manifest.json").write_text('{"version": "m0001"}')
    (models / "m0002" / "verdict.json").write_text("not json")
    (models / "m0004").mkdir()
    (models / "notes").mkdir()
    listed = list_candidates(tmp_path)
    assert [item.version for item in listed.found] == ["m0003", "m0002"]
    assert [line.partition(" ")[0].removeprefix(f"{models}/") for line in listed.unreadable] == [
        "m0004/manifest.json",
        "m0002/verdict.json",
        "m0001/manifest.json",
    ]
    with pytest.raises(HoneError, match=r"m0001/manifest\.json is damaged: model: Field required"):
        find_candidate(tmp_path, "m0001")


HOLD = """
import sys, time
from pathlib import Path
from training.candidates.drafts import begin
draft = begin(Path(sys.argv[1]))
(draft.work / "checkpoint").write_text("half a model")
print(draft.version, flush=True)
time.sleep(600)
"""


def test_a_draft_is_abandoned_when_its_process_is_killed_and_can_be_taken_up_then(tmp_path: Path) -> None:
    fitting = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert fitting.stdout is not None
    assert fitting.stdout.readline().strip() == "m0001"
    assert abandoned(tmp_path) == ()
    with pytest.raises(HoneError, match="working on m0001"):
        take_up(tmp_path, "m0001")
    fitting.send_signal(signal.SIGKILL)
    fitting.communicate()
    assert abandoned(tmp_path) == ("m0001",)
    draft = take_up(tmp_path, "m0001")
    assert (draft.work / "checkpoint").read_text() == "half a model"
    assert abandoned(tmp_path) == ()
    seal(draft, manifest_of("m0001", "m0001@aaaaaaaa", BASE, location="hash"))
    assert find_candidate(tmp_path, "latest").version == "m0001"
    with pytest.raises(HoneError, match="no unfinished model"):
        take_up(tmp_path, "m0001")


SEAL = """
import sys
from pathlib import Path
from tests.training.promotions import manifest_of
from training.candidates.candidates import seal
from training.candidates.drafts import begin
draft = begin(Path(sys.argv[1]))
for number in range(200):
    (draft.folder / f"part{number}").write_bytes(bytes(20_000))
print("written", flush=True)
seal(draft, manifest_of(draft.version, "m0001@aaaaaaaa", BASE, location="hash"))
"""


@pytest.mark.proof
def test_killed_while_sealing_it_is_a_draft_or_a_candidate_and_never_half_of_one(tmp_path: Path) -> None:
    for number in range(12):
        home = tmp_path / str(number)
        sealing = subprocess.Popen([sys.executable, "-c", SEAL, str(home)], stdout=subprocess.PIPE, text=True)
        assert sealing.stdout is not None
        sealing.stdout.readline()
        time.sleep(number * 0.01)
        sealing.send_signal(signal.SIGKILL)
        sealing.communicate()
        listed = list_candidates(home)
        assert listed.unreadable == ()
        if listed.found:
            assert len(list(listed.found[0].folder.glob("part*"))) == 200
            assert abandoned(home) == ()
        else:
            draft = take_up(home, *abandoned(home))
            assert len(list(draft.folder.glob("part*"))) == 200
            seal(draft, manifest_of("m0001", "m0001@aaaaaaaa", BASE, location="hash"))
            assert len(list_candidates(home).found) == 1


MONDAY = Origin(training_set="pairs of monday", base=BASE.id, seed=7)


def test_going_on_goes_on_with_the_same_origin_alone_and_says_why_not(tmp_path: Path) -> None:
    said = list[str]()

    def begun(origin: Origin, *, resume: bool) -> str:
        said.clear()
        draft = draft_for(tmp_path, origin, resume=resume, say=said.append)
        os.close(draft.lock)  # as when its process ends
        return draft.version

    first = begun(MONDAY, resume=False)
    assert begun(MONDAY, resume=True) == first
    assert said == []
    others = {
        "the log or the pair files have changed": {"training_set": "pairs of tuesday"},
        "it started from another model": {"base": "m0009@bbbbbbbb"},
        "another seed": {"seed": 8},
    }
    for why, change in others.items():
        left = begun(MONDAY, resume=False)
        assert said == [], "nobody wanted to go on with what is given up"
        (tmp_path / "models" / f".{left}.fitting" / "work" / "checkpoint").write_text("half a model")
        other = begun(MONDAY.model_copy(update=change), resume=True)
        assert why in said[0]
        assert left in said[0]
        assert abandoned(tmp_path) == (other,)
        assert not (tmp_path / "models" / f".{other}.fitting" / "work" / "checkpoint").exists()
    again = begun(MONDAY, resume=False)
    assert abandoned(tmp_path) == (again,), "what nobody goes on with is gone too"
