"""The models that can be installed by name: each pinned by the hash of its file, wherever that comes from."""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from hone.errors import UsageError

SHA256 = re.compile(r"[0-9a-f]{64}")
HUB = "https://huggingface.co/Qwen"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """A model file: what it is called, where it is, and the hash that it must have."""

    name: str
    url: str
    sha256: str
    size: int = 0  # bytes; none: not known before it comes
    about: str = ""


# The hashes are those of files that were tried. If a publisher replaces one, the download is refused, never accepted.
CATALOGUE = (
    ModelFile(
        name="qwen2.5-coder-0.5b",
        url=f"{HUB}/Qwen2.5-Coder-0.5B-Instruct-GGUF/resolve/main/qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        size=491_400_064,
        about="491 MB; too small to judge or write: to see whether it works at all",
    ),
    ModelFile(
        name="qwen2.5-coder-1.5b",
        url=f"{HUB}/Qwen2.5-Coder-1.5B-Instruct-GGUF/resolve/main/qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        size=1_117_320_768,
        about="1.1 GB; judges, writes nothing",
    ),
)
DEFAULT = CATALOGUE[1].name


def model_named(name: str) -> ModelFile:
    """Find a model by its name."""
    known = {model.name: model for model in CATALOGUE}
    if name in known:
        return known[name]
    near = get_close_matches(name, known, n=1)
    raise UsageError(
        f"There is no model {name!r}; the names are: {', '.join(known)}.",
        hint=f"Did you mean {near[0]}?" if near else "Or give a GGUF file, or its URL with --sha256.",
    )


def model_at(url: str, sha256: str) -> ModelFile:
    """Name a model by its address; what comes from outside has to be pinned."""
    if not sha256:
        raise UsageError(
            "A model from a URL needs the hash that its file must have.",
            hint="Add --sha256 HASH; its publisher shows it beside the file.",
        )
    try:
        file = PurePosixPath(urlsplit(url).path).name
    except ValueError:
        file = ""
    if not file.endswith(".gguf"):
        raise UsageError(f"{file or url!r} is not a GGUF file.", hint="Give the address of a file that ends in .gguf.")
    return ModelFile(name=file.removesuffix(".gguf"), url=url, sha256=checked_hash(sha256))


def checked_hash(sha256: str) -> str:
    """Return a hash as it is compared, or say what it should look like."""
    plain = sha256.strip().lower().removeprefix("sha256:")
    if plain and not SHA256.fullmatch(plain):
        raise UsageError(f"{sha256!r} is not a SHA-256 hash.", hint="It has 64 digits of 0-9 and a-f.")
    return plain
