"""Encoders and model folders for the tests of encoding; the real model is loaded once a run."""

import json
import shutil
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from retriever.encoding.encoder import Encoder
from retriever.encoding.modelfolder import find_model_folder

EditJson = Callable[[Path, Callable[[Any], Any]], None]
WriteWeights = Callable[[Path, dict[str, "np.ndarray[Any, Any]"]], None]

NAMES = {"float32": "F32", "float16": "F16", "int64": "I64", "uint16": "BF16"}


@pytest.fixture(scope="session")
def sentence_encoder() -> Encoder:
    import torch

    from retriever.encoding.sentence import SentenceEncoder

    torch.set_num_threads(1)  # texts this small gain nothing from two, and lose much when other tests run beside them

    return SentenceEncoder("", device="cpu")


@pytest.fixture
def model_folder(tmp_path: Path) -> Path:
    """A writable copy of the packaged model; its weights are hard links until a test replaces them."""
    packaged = find_model_folder("")
    copy = tmp_path / "model"
    shutil.copytree(packaged, copy, ignore=shutil.ignore_patterns("model.safetensors", "README.md", "data_config.json"))
    (copy / "model.safetensors").symlink_to(packaged / "model.safetensors")
    return copy


@pytest.fixture
def edit_json() -> EditJson:
    def edit(path: Path, change: Callable[[Any], Any]) -> None:
        content: Any = json.loads(path.read_text()) if path.is_file() else {}
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(change(content)))

    return edit


@pytest.fixture
def write_weights() -> WriteWeights:
    """Write a safetensors file by hand; uint16 stands for bfloat16."""

    def write(path: Path, tensors: dict[str, "np.ndarray[Any, Any]"]) -> None:
        header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
        body = b""
        for name, tensor in tensors.items():
            end = len(body) + tensor.nbytes
            offsets = [len(body), end]
            header[name] = {"dtype": NAMES[tensor.dtype.name], "shape": list(tensor.shape), "data_offsets": offsets}
            body += tensor.tobytes()
        encoded = json.dumps(header).encode()
        path.unlink(missing_ok=True)
        path.write_bytes(struct.pack("<Q", len(encoded)) + encoded + body)

    return write


@pytest.fixture
def canary(tmp_path: Path) -> Iterator[Path]:
    """A file that appears when code out of a model folder runs, and must never."""
    path = tmp_path / "canary"
    yield path
    assert not path.exists(), "code out of a model folder was run"
