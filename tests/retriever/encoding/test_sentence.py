"""The real encoder against sentence-transformers itself, and what only loading can find."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from hone.errors import HoneError, UsageError
from retriever.encoding import open_encoder
from retriever.encoding.encoder import Encoder
from retriever.encoding.hashing import HashEncoder
from retriever.encoding.modelfolder import find_model_folder
from retriever.encoding.sentence import BatchLimits, SentenceEncoder, split_by_tokens

EditJson = Callable[[Path, Callable[[Any], Any]], None]
WriteWeights = Callable[[Path, dict[str, "np.ndarray[Any, Any]"]], None]

PASSAGES = [
    f"Passage {number}: " + "the travel policy covers trains, hotels and meals up to the daily limit. " * (number % 9)
    for number in range(24)
]


def test_vectors_agree_with_sentence_transformers_in_float32(sentence_encoder: Encoder) -> None:
    from sentence_transformers import SentenceTransformer

    reference: Any = SentenceTransformer(str(find_model_folder("")), device="cpu", local_files_only=True)
    expected = reference.encode(PASSAGES, normalize_embeddings=True)
    for encode in (sentence_encoder.encode_passages, sentence_encoder.encode_queries):
        assert np.sum(encode(PASSAGES) * expected, axis=1).min() >= 0.999


def test_prompts_length_and_truncation_come_from_the_model(model_folder: Path, edit_json: EditJson) -> None:
    prompts = {"query": "query: ", "passage": "passage: "}
    settings = {"prompts": prompts, "truncate_dim": 128}
    edit_json(model_folder / "config_sentence_transformers.json", lambda config: {**config, **settings})
    edit_json(model_folder / "sentence_bert_config.json", lambda config: {**config, "max_seq_length": 64})
    encoder = SentenceEncoder(str(model_folder), device="cpu")
    card = encoder.card
    assert (card.query_prompt, card.passage_prompt) == ("query: ", "passage: ")
    assert (card.max_tokens, card.dimensions, card.truncate_dim) == (64, 128, 128)
    narrow = SentenceEncoder("", device="cpu", truncate_dim=128)
    assert narrow.card.hash != card.hash
    prompted = narrow.encode_queries(["query: leave", "passage: leave"])
    asked, told = encoder.encode_queries(["leave"])[0], encoder.encode_passages(["leave"])[0]
    assert float(asked @ prompted[0]) > 0.999
    assert float(told @ prompted[1]) > 0.999
    assert float(asked @ told) < 0.999


def test_the_hash_follows_the_content_and_not_the_name(model_folder: Path, sentence_encoder: Encoder) -> None:
    card = SentenceEncoder(str(model_folder), device="cpu").card
    assert card.hash == sentence_encoder.card.hash
    assert card.model == str(model_folder)


def test_weights_that_lack_a_layer_are_refused(model_folder: Path, write_weights: WriteWeights) -> None:
    import safetensors.numpy

    weights = model_folder / "model.safetensors"
    library: Any = safetensors.numpy  # it leaves the type of a path open
    tensors = library.load_file(weights)
    del tensors["encoder.layer.3.attention.self.query.weight"]
    write_weights(weights, tensors)
    with pytest.raises(HoneError, match=r"1 parameters, .*encoder\.layer\.3") as caught:
        SentenceEncoder(str(model_folder), device="cpu")
    assert caught.value.hint


def test_what_the_library_can_not_load_is_explained(model_folder: Path, edit_json: EditJson) -> None:
    edit_json(model_folder / "config.json", lambda config: {**config, "model_type": "no-such-family"})
    with pytest.raises(HoneError, match="can't be loaded") as caught:
        SentenceEncoder(str(model_folder), device="cpu")
    assert caught.value.hint


def test_weights_of_another_width_are_refused(model_folder: Path, edit_json: EditJson) -> None:
    edit_json(model_folder / "config.json", lambda config: {**config, "hidden_size": 768})
    with pytest.raises(HoneError) as caught:
        SentenceEncoder(str(model_folder), device="cpu")
    assert caught.value.hint


def test_a_dense_module_changes_the_dimensions(
    model_folder: Path, edit_json: EditJson, write_weights: WriteWeights
) -> None:
    dense = {"idx": 3, "name": "3", "path": "3_Dense", "type": "sentence_transformers.models.Dense"}
    edit_json(model_folder / "modules.json", lambda modules: [*modules, dense])
    edit_json(model_folder / "3_Dense" / "config.json", lambda _: {"in_features": 384, "out_features": 64})
    weights = model_folder / "3_Dense" / "model.safetensors"
    write_weights(weights, {"linear.weight": np.ones((64, 384), np.float32), "linear.bias": np.ones(64, np.float32)})
    assert SentenceEncoder(str(model_folder), device="cpu").card.dimensions == 64
    write_weights(weights, {"linear.weight": np.ones((32, 384), np.float32), "linear.bias": np.ones(32, np.float32)})
    with pytest.raises(HoneError, match="64"):
        SentenceEncoder(str(model_folder), device="cpu")


@pytest.mark.parametrize("truncate_dim", [385, 0, -1])
def test_truncation_beyond_the_dimensions_is_refused(truncate_dim: int) -> None:
    with pytest.raises(UsageError, match=f"truncate_dim is {truncate_dim}"):
        SentenceEncoder("", device="cpu", truncate_dim=truncate_dim)


@pytest.mark.parametrize("device", ["tpu", "cuda"])
def test_a_device_that_is_not_there_is_refused(device: str) -> None:
    if device == "cuda" and torch.cuda.is_available():
        pytest.skip("this machine has one")
    with pytest.raises(UsageError, match=device):
        open_encoder("", device=device)


def test_hash_opens_the_encoder_without_a_model() -> None:
    encoder = open_encoder("hash", truncate_dim=16)
    assert isinstance(encoder, HashEncoder)
    assert encoder.encode_passages(["a"]).shape == (1, 16)
    with pytest.raises(UsageError, match="truncate_dim is 999"):
        open_encoder("hash", truncate_dim=999)


def test_importing_the_folder_imports_no_library() -> None:
    code = "import sys, retriever.encoding, retriever.encoding.batching, retriever.encoding.vectorcache;"
    code += "open_ = retriever.encoding.open_encoder('hash'); open_.encode_queries(['a']);"
    code += "print([name for name in ('torch', 'transformers', 'sentence_transformers') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("left", [False, True], ids=["right padding", "left padding"])
def test_batches_keep_every_token_and_little_padding(left: bool) -> None:
    lengths = [3, 40, 5, 4, 38, 1, 39]
    mask = torch.zeros((7, 40), dtype=torch.long)
    for row, length in enumerate(lengths):
        mask[row, 40 - length :] = 1 if left else 0
        if not left:
            mask[row, :length] = 1
    ids = torch.arange(1, 281).reshape(7, 40) * mask
    features = {"input_ids": ids, "attention_mask": mask, "modality": "text"}
    batches = list(split_by_tokens(features, 7, BatchLimits(tokens=100, padding=12)))
    assert [batch.rows for batch in batches] == [[1, 6], [4], [2, 3, 0, 5]]
    assert [batch.features["input_ids"].shape[1] for batch in batches] == [40, 38, 5]
    for batch in batches:
        assert torch.equal(batch.features["input_ids"].sum(dim=1), ids[batch.rows].sum(dim=1))
        assert batch.features["modality"] == "text"


def test_tokens_stand_where_they_say_and_the_whole_is_the_passage(sentence_encoder: Encoder) -> None:
    assert isinstance(sentence_encoder, SentenceEncoder)
    texts = ["The leash lasts ten hours.", "Lunch", "The leash lasts ten hours. " * 80]
    found = sentence_encoder.encode_tokens(texts)
    first = found[0]
    assert [texts[0][start:].split()[0].rstrip(".") for start in first.starts.tolist()][:5] == texts[0][:-1].split()
    assert first.vectors.shape == (len(first.starts), sentence_encoder.card.dimensions)
    np.testing.assert_allclose(np.linalg.norm(first.vectors.astype(np.float32), axis=1), 1.0, atol=2e-3)
    for text, own in zip(texts[:2], found, strict=False):
        assert float(own.whole @ sentence_encoder.encode_passages([text])[0]) > 0.999
    assert sentence_encoder.encode_tokens([]) == []
