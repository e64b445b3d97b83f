"""Encoders that can't serve again go; those that may, and all that was said of the others, stay."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from hone.errors import HoneError
from hone.progress import Silent
from hone.workspace import Workspace
from retriever.encoding.vectorcache import VectorCache
from retriever.indexing.encoders import MODULES, Encoders
from tests.training.promotions import decide, live_of, manifest_of, open_shop, with_encoder
from training.candidates.candidates import find_candidate, list_candidates, seal
from training.candidates.drafts import begin
from training.candidates.promoting import promote
from training.candidates.pruning import prune


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    workspace = open_shop(tmp_path / "home")
    yield workspace
    workspace.close()


def hashes(workspace: Workspace) -> set[str]:
    cache = VectorCache(workspace.vectors)
    found = {size.model for size in cache.sizes()}
    cache.close()
    return found


def put_vector(workspace: Workspace, model: str) -> None:
    cache = VectorCache(workspace.vectors)
    cache.put(model, [b"a text"], np.ones((1, 4), dtype=np.float32))
    cache.close()


def test_the_newest_keep_their_encoders_and_the_others_their_sheets(workspace: Workspace) -> None:
    old, new = with_encoder(workspace, 64), with_encoder(workspace, 128)
    decide(workspace, old, "refused", reason="Recall is worse.")
    cards = {model.id: model.card.hash for model in workspace.registry.models()}
    for candidate in (old, new):
        put_vector(workspace, cards[candidate.manifest.model])
    gone = prune(workspace, 1, wait=5)
    assert (gone.versions, gone.bytes) == (("m0001",), 1002)
    assert sorted(path.name for path in old.folder.iterdir()) == ["manifest.json", "verdict.json"]
    assert (new.folder / MODULES).is_file()
    assert hashes(workspace) == {live_of(workspace).model.card.hash, cards[new.manifest.model]}
    assert [item.pruned for item in list_candidates(workspace.home).found] == [False, True]
    verdict = find_candidate(workspace.home, "m0001").verdict
    assert verdict is not None
    assert verdict.reasons == ("Recall is worse.",)
    with pytest.raises(HoneError, match="'models/m0001'"):
        Encoders(workspace).encoder(next(m for m in workspace.registry.models() if m.id == old.manifest.model))
    with pytest.raises(HoneError, match="'models/m0001'"):
        promote(workspace, "m0001", Silent(), force=True, wait=5)
    assert prune(workspace, 1, wait=5).versions == ()


def test_what_a_newer_one_stands_on_stays(workspace: Workspace) -> None:
    base, draft = with_encoder(workspace), begin(workspace.home)
    name, live = f"{draft.version}+weights", live_of(workspace).model
    seal(draft, manifest_of(draft.version, name, live, location=base.manifest.location))
    assert prune(workspace, 1, wait=5).versions == ()
    assert prune(workspace, 0, wait=5).versions == ("m0001",)


def test_a_cut_off_pruning_is_finished_by_the_next(workspace: Workspace) -> None:
    candidate = with_encoder(workspace)
    (candidate.folder / MODULES).unlink()
    assert prune(workspace, 0, wait=5).versions == ("m0001",)
    assert not (candidate.folder / "1_Pooling").exists()
