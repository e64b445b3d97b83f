"""Loading a checked model folder with sentence-transformers, and refusing what only loading brings to light."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import torch
from sentence_transformers import CrossEncoder, SentenceTransformer
from transformers.utils.logging import disable_progress_bar

from hone.errors import HoneError, UsageError
from retriever.encoding.modelcheck import COPY_AGAIN, tensor_names, weight_files

DEVICES = ("auto", "cpu", "cuda")
BFLOAT16_FEATURES = ("avx512_bf16", "amx_bf16", "bf16")  # x86, x86, ARM
LEGACY_NAMES = (("LayerNorm.gamma", "LayerNorm.weight"), ("LayerNorm.beta", "LayerNorm.bias"))


def resolve_device(device: str) -> str:
    """Turn "auto" into what this machine has, and refuse a device that it lacks."""
    if device not in DEVICES:
        raise UsageError(f"The device is {device!r}", hint=f"Use one of {', '.join(DEVICES)}.")
    if device == "cuda" and not torch.cuda.is_available():
        raise UsageError(
            "The device is 'cuda', but torch finds no GPU on this machine", hint="Set the device to auto or cpu."
        )
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return device


def has_bfloat16(device: str) -> bool:
    """Check whether a device multiplies bfloat16 in hardware; elsewhere it is slower than float32."""
    if device == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    features = torch.cpu.get_capabilities()
    return any(features.get(name, False) for name in BFLOAT16_FEATURES)


@contextmanager
def one_thread(*, when: bool = True) -> Generator[None]:
    """Let torch compute with this thread alone: for work too small to be worth waking others and waiting for them."""
    before = torch.get_num_threads()
    if not when or before == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def load_model(folder: Path, device: str) -> SentenceTransformer:
    """Load a sentence-transformers model, which may lack a pooler, as many do."""
    return load(SentenceTransformer, "model", folder, device=device, unneeded=("pooler",))


Model = TypeVar("Model", SentenceTransformer, CrossEncoder)


def load(kind: type[Model], name: str, folder: Path, *, device: str, unneeded: tuple[str, ...]) -> Model:
    """Load a folder that has passed its checks; nothing is fetched and no code in it is run."""
    disable_progress_bar()  # transformers draws one for every load, also into a pipe
    try:
        model = kind(
            str(folder),
            device=device,
            trust_remote_code=False,
            local_files_only=True,
            model_kwargs={"use_safetensors": True, "dtype": torch.float32},
        )
    except (OSError, ValueError, RuntimeError, LookupError, TypeError, AttributeError, ImportError) as error:
        raise HoneError(
            f"The {name} in {folder} can't be loaded: {error}",
            hint=f"{COPY_AGAIN} If it still fails, this sentence-transformers doesn't support it.",
        ) from error
    if missing := missing_weights(model.transformers_model, folder, unneeded):
        raise HoneError(
            f"The {name} in {folder} lacks weights for {len(missing)} parameters, first {missing[0]}",
            hint=COPY_AGAIN,
        )
    model.eval()
    return model


def missing_weights(transformer: torch.nn.Module | None, folder: Path, unneeded: tuple[str, ...]) -> list[str]:
    """Name the weights that a folder lacks, which transformers fills with random numbers and only warns of."""
    files = weight_files(folder)
    if transformer is None or not files:
        return []
    stored = {_current_name(name) for path in files for name in tensor_names(path)}
    aliases: dict[int, list[str]] = {}
    for name, parameter in transformer.named_parameters(remove_duplicate=False):
        aliases.setdefault(id(parameter), []).append(name)
    known = [name for names in aliases.values() for name in names]
    if any(not name.endswith(tuple(known)) for name in stored if "." in name and "position_ids" not in name):
        return []  # a family whose files use other names than its code, which transformers translates
    groups = [names for names in aliases.values() if not any(part in names[0] for part in unneeded)]
    return [names[0] for names in groups if not any(_is_stored(name, stored) for name in names)]


def _is_stored(name: str, stored: set[str]) -> bool:
    return name in stored or any(full.endswith(f".{name}") for full in stored)


def _current_name(name: str) -> str:
    for old, new in LEGACY_NAMES:
        name = name.replace(old, new)
    return name


def keep_linear_layers_in_bfloat16(model: SentenceTransformer) -> None:
    """Store the weights that autocast would turn into bfloat16 on each call that way, once."""
    with one_thread():
        for module in model.modules():
            if isinstance(module, torch.nn.Linear):
                module.to(torch.bfloat16)
