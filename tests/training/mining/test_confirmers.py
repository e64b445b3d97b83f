import json
from collections.abc import Iterator
from math import exp
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from sentence_transformers import CrossEncoder

from agents.llm.capabilities import Capabilities
from agents.llm.client import Llm
from eval.llm_batch import Pace
from eval.rating.llm_rater import LlmRater
from hone.errors import HoneError, UsageError
from hone.settings import LlmSettings
from tests.conftest import MakeWorkspace
from tests.llm_server import LlmServer, fails, says
from training.mining.cross_encoder import CrossEncoderConfirmer
from training.mining.llm import LlmConfirmer
from training.mining.opening import open_confirmer

WORDS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "how",
    "is",
    "the",
    "falcon",
    "washed",
    "with",
    "soap",
    "fed",
    "mice",
]
PAIRS = [("how is the falcon washed", "with soap"), ("how is the falcon washed", "fed mice"), ("mice", "soap")]


def make_folder(folder: Path, *, labels: int = 1) -> Path:
    """Save a tiny cross-encoder as transformers does, which is how most are published."""
    folder.mkdir()
    hf: Any = transformers  # its types are partly unknown
    transformers.set_seed(3)
    config = hf.BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=32,
        num_labels=labels,
        initializer_range=1.0,
    )
    hf.BertForSequenceClassification(config).save_pretrained(folder)
    hf.BertTokenizerFast(vocab={word: place for place, word in enumerate(WORDS)}).save_pretrained(folder)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_folder(tmp_path / "model")


def test_a_cross_encoder_scores_between_nothing_and_one(folder: Path, tmp_path: Path) -> None:
    scores = CrossEncoderConfirmer(folder, device="cpu").score(PAIRS)
    assert all(score is not None and 0 < score < 1 for score in scores)
    assert len(set(scores)) == len(PAIRS)
    model: Any = CrossEncoder(str(folder), device="cpu")
    logits = model.predict(PAIRS, activation_fn=torch.nn.Identity())
    assert scores == pytest.approx([1 / (1 + exp(-float(logit))) for logit in logits], abs=1e-5)
    model.save_pretrained(str(tmp_path / "again"))  # with a list of modules, as sentence-transformers writes it
    assert CrossEncoderConfirmer(tmp_path / "again", device="cpu").score(PAIRS) == pytest.approx(scores, abs=1e-5)
    assert CrossEncoderConfirmer(folder, device="cpu").score([]) == ()


def test_pickled_weights_are_refused(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(HoneError, match="pickled"):
        CrossEncoderConfirmer(folder)


def test_code_of_its_own_is_refused(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    config["auto_map"] = {"AutoModelForSequenceClassification": "evil.Model"}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(HoneError, match="auto_map"):
        CrossEncoderConfirmer(folder)


def test_what_is_no_cross_encoder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HoneError, match="no folder"):
        CrossEncoderConfirmer(tmp_path / "nothing")
    with pytest.raises(HoneError, match="3 outputs"):
        CrossEncoderConfirmer(make_folder(tmp_path / "three", labels=3))


@pytest.fixture
def llm_server() -> Iterator[LlmServer]:
    server = LlmServer()
    yield server
    server.stop()


def test_an_llms_grades_are_scores_and_its_failures_are_none(llm_server: LlmServer, tmp_path: Path) -> None:
    for word, grade in (("soap", 3), ("mice", 0)):
        llm_server.on(word, says(json.dumps({"match": grade, "trust": 3, "grade": grade})))
    llm_server.always(fails(400))
    settings = LlmSettings.model_validate(
        {"base_url": llm_server.url, "model": "scripted", "timeout": 120.0, "max_tokens": 64}
    )
    rater = LlmRater(Llm(settings, Capabilities(tmp_path / "llm.json", settings)), Pace(at_once=1, pauses=()))
    asked = [("how", "with soap"), ("how", "fed mice"), ("how", "feathers"), ("how", "with soap")]
    assert LlmConfirmer(rater).score(asked) == [1.0, 0.0, None, 1.0]
    assert LlmConfirmer(rater).score([]) == []


def test_nobody_confirms_where_nobody_is_named(make_workspace: MakeWorkspace) -> None:
    assert open_confirmer(make_workspace(), "", "cpu") is None


@pytest.mark.parametrize(("named", "told"), [("llm", "no LLM in the settings"), ("nowhere", "no folder nowhere")])
def test_who_cannot_confirm_is_said_with_a_remedy(make_workspace: MakeWorkspace, named: str, told: str) -> None:
    with pytest.raises(UsageError, match=told) as caught:
        open_confirmer(make_workspace(), named, "cpu")
    assert caught.value.hint
