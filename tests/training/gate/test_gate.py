"""The gate with real engines and real models: a gain, nothing, and a model that was spoilt."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch
from sentence_transformers import SentenceTransformer

from hone.progress import Silent
from hone.records import FusionWeights
from hone.registry import Generation
from hone.settings import read_settings
from hone.workspace import Workspace
from retriever.encoding.modelfolder import find_model_folder
from retriever.indexing.beside import build_beside
from retriever.indexing.encoders import Encoders
from retriever.indexing.generations import rebuild
from retriever.library.librarian import Librarian
from tests.training.gate.office import documents, pairs, write_canary
from training.gate.canary import opened_canary
from training.gate.checks import GateInput
from training.gate.gate import judge
from training.gate.rules import RULES
from training.gate.show import to_markdown
from training.gate.verdict import Check, Verdict
from training.pairs.splits import Splits

QUICK = replace(
    RULES, answer_questions=6, latency_questions=10, latency_times=10.0, latency_slack_ms=1000.0, probe_questions=8
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """One library with an index of each model."""

    workspace: Workspace
    canary: Path
    words: Generation  # the hash encoder, which knows nothing of meaning
    packaged: Generation
    reweighted: Generation  # the packaged encoder with other weights
    spoilt: Generation  # the packaged encoder with noise on its weights

    def inputs(self, live: Generation, candidate: Generation, splits: Splits | None = None) -> GateInput:
        return GateInput(
            version="m0001",
            live=live,
            candidate=candidate,
            splits=splits or Splits(test=pairs()),
            rules=QUICK,
        )

    def judge(self, live: Generation, candidate: Generation, splits: Splits | None = None) -> Verdict:
        with opened_canary(self.workspace.settings, self.canary, Silent()) as canary:
            return judge(self.workspace, self.inputs(live, candidate, splits), canary, Silent())


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Models]:
    folder = tmp_path_factory.mktemp("gate")
    home = folder / "home"
    home.mkdir()
    (home / "hone.toml").write_text('[encoder]\nmodel = "hash"\n[people.ana]\ngroups = ["hr"]\n', encoding="utf-8")
    workspace = Workspace(read_settings(home))
    Librarian(workspace.database).put(documents())
    words = rebuild(workspace, Silent())
    encoders = Encoders(workspace)
    packaged = encoders.register("default")
    other = FusionWeights(legs={"bm25": 0.61}, power=2.0)
    reweighted = workspace.registry.register_model("other", "default", packaged.card, other)
    spoilt = Encoders(workspace).register(str(spoil(folder / "spoilt")))
    built = [build_beside(workspace, model, Silent()) for model in (packaged, reweighted, spoilt)]
    yield Models(
        workspace=workspace,
        canary=write_canary(folder / "towns"),
        words=words,
        packaged=built[0],
        reweighted=built[1],
        spoilt=built[2],
    )
    workspace.close()


def spoil(folder: Path) -> Path:
    model = SentenceTransformer(str(find_model_folder("default")), device="cpu")
    torch.manual_seed(1)  # pyright: ignore[reportUnknownMemberType]
    with torch.no_grad():
        for weights in model.parameters():
            weights.add_(torch.randn_like(weights) * weights.std() * 1.5)
    model.save(str(folder))
    return folder


def named(verdict: Verdict) -> dict[str, Check]:
    return {check.name: check for check in verdict.checks}


@pytest.mark.slow
def test_a_model_that_understands_passes(models: Models) -> None:
    verdict = models.judge(models.words, models.packaged)
    assert verdict.decision == "passed", verdict.reasons
    assert verdict.reasons == ()
    assert (verdict.live, verdict.model) == (models.words.model.id, models.packaged.model.id)
    assert (verdict.live_generation, verdict.generation) == (models.words.id, models.packaged.id)
    assert verdict.questions == len(pairs())
    assert verdict.wins > 20 > verdict.losses
    assert verdict.p is not None
    assert verdict.p < 0.01
    assert set(named(verdict)) >= {
        *("better", "recall", "slices", "answered", "canary", "geometry", "rising", "leaks", "permission"),
        *("answers", "latency", "size"),
    }
    main = {item.name: item for item in verdict.measures}["fused nDCG@10"]
    assert main.candidate > main.live + 0.2
    assert Verdict.model_validate_json(verdict.model_dump_json()) == verdict
    told = to_markdown(verdict)
    assert "m0001 passed: nDCG@10" in told
    assert "| fused nDCG@10" in told
    assert "✗" not in told


@pytest.mark.slow
def test_the_same_model_with_hardly_other_weights_gains_nothing(models: Models) -> None:
    verdict = models.judge(models.packaged, models.reweighted)
    assert verdict.decision == "refused"
    assert [check.name for check in verdict.checks if not check.passed] == ["better"]
    assert "at least 0.010" in verdict.reasons[0]
    assert "fused order" in named(verdict)["canary"].says
    assert named(verdict)["geometry"].says == "Both models make the same vectors."


@pytest.mark.slow
def test_a_spoilt_model_is_refused_for_the_right_reasons(models: Models) -> None:
    verdict = models.judge(models.packaged, models.spoilt)
    failed = {check.name for check in verdict.checks if not check.passed}
    assert verdict.decision == "refused"
    assert failed >= {"better", "recall", "answered", "canary", "geometry"}, verdict.reasons
    assert not failed & {"leaks", "permission", "latency", "size"}
    assert len(verdict.reasons) == len(failed)
    assert verdict.losses > verdict.wins
    assert verdict.needed is None
    assert verdict.regressions[0].before > verdict.regressions[0].after
    assert verdict.regressions[0].question in to_markdown(verdict)


@pytest.mark.slow
def test_what_is_learned_from_may_not_be_held_out_too(models: Models) -> None:
    verdict = models.judge(models.words, models.packaged, Splits(train=pairs()[:2], test=pairs()))
    assert [check.name for check in verdict.checks if not check.passed] == ["leaks"]
    assert pairs()[0].query in verdict.reasons[0]


@pytest.mark.slow
def test_no_question_at_all_is_a_refusal_that_says_how_many(models: Models) -> None:
    verdict = models.judge(models.words, models.packaged, Splits())
    assert verdict.decision == "refused"
    assert verdict.needed == RULES.fewest
    assert "about 30 held-out questions" in to_markdown(verdict)
