"""A candidate with a real model folder: it goes live, moves with its home, and is refused once it has been changed."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from hone.errors import HoneError
from hone.progress import Silent
from hone.registry import model_id
from hone.settings import read_settings
from hone.workspace import Workspace
from retriever.encoding import open_encoder
from retriever.encoding.modelfolder import find_model_folder
from retriever.indexing.encoders import Encoders
from retriever.indexing.generations import rebuild, verify_all
from retriever.searching.searcher import Question, Searcher
from retriever.storing.manifest import read_manifest
from tests.training.promotions import decide, follow, live_of, manifest_of, open_shop, write
from training.candidates.candidates import Candidate, location_of, seal
from training.candidates.drafts import begin
from training.candidates.promoting import promote, rollback
from training.candidates.pruning import prune

files: Any = safetensors.numpy  # it is partly untyped
TENSOR = "encoder.layer.5.output.dense.weight"


def perturbed(workspace: Workspace) -> Candidate:
    """Seal the packaged model with one tensor shaken."""
    draft, live = begin(workspace.home), live_of(workspace).model
    shutil.copytree(find_model_folder(""), draft.folder, dirs_exist_ok=True)
    weights = files.load_file(draft.folder / "model.safetensors")
    shape: tuple[int, int] = weights[TENSOR].shape
    weights[TENSOR] = weights[TENSOR] + np.random.default_rng(7).normal(size=shape, scale=0.01).astype(np.float32)
    files.save_file(weights, draft.folder / "model.safetensors", metadata={"format": "pt"})
    location = location_of(draft.version)
    card = open_encoder(str(draft.folder), device="cpu", name=location).card
    return seal(draft, manifest_of(draft.version, model_id(draft.version, card), live, location=location))


def first(workspace: Workspace, words: str) -> str:
    searcher = Searcher(workspace)
    result = searcher.search(Question(text=words))
    searcher.close()
    assert (result.model, result.notices) == (live_of(workspace).model.id, ())
    return result.hits[0].document


@pytest.mark.proof
def test_a_model_folder_goes_live_and_moves_with_its_home(tmp_path: Path) -> None:
    workspace = open_shop(tmp_path / "home", '[encoder]\ndevice = "cpu"\n')
    old, candidate = live_of(workspace).model, perturbed(workspace)
    decide(workspace, candidate)
    live = promote(workspace, "m0001", Silent(), wait=5)
    assert live.model.id == candidate.manifest.model != old.id
    assert (live.model.location, live.model.card.model) == ("models/m0001", "models/m0001")
    assert prune(workspace, 0, wait=5).versions == (), "what serves"
    assert read_manifest(workspace.index / live.id).encoder == live.model.card
    workspace.close()

    (tmp_path / "home").rename(tmp_path / "moved")
    workspace = Workspace(read_settings(tmp_path / "moved"))
    assert first(workspace, "what to know at the hood") == "hood"
    write(workspace, "jess", "The jess is a strap of leather around the leg.")
    assert follow(workspace).model == live.model
    assert first(workspace, "leather strap") == "jess"
    assert rebuild(workspace, Silent(), encoder=str(candidate.folder).replace("/home/", "/moved/")).model == live.model
    assert not any(verdict.damage for verdict in verify_all(workspace))

    (workspace.home / "models" / "m0001" / "sentence_bert_config.json").write_text('{"max_seq_length": 64}')
    with pytest.raises(HoneError, match="the index was built with"):
        Encoders(workspace).encoder(live.model)
    assert rollback(workspace, Silent(), wait=5).model == old
    with pytest.raises(HoneError, match="the index was built with"):
        promote(workspace, "m0001", Silent(), wait=5)
    shutil.rmtree(workspace.home / "models" / "m0001")
    with pytest.raises(HoneError, match="'models/m0001'"):
        Encoders(workspace).encoder(live.model)
    assert live_of(workspace).model == old
    assert first(workspace, "leather strap") == "jess"
    workspace.close()
