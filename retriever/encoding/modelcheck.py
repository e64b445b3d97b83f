"""What a model folder says of itself, and whether it may be loaded: by reading alone, before any library touches it."""

import json
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, cast

import safetensors

from hone.errors import HoneError

NAMESPACE = "sentence_transformers."
CONFIG_NAMES = {"Router": ("router_config.json", "config.json"), "Asym": ("router_config.json", "config.json")}
RESAVE = 'Save it again with SentenceTransformer("NAME").save_pretrained("FOLDER"), and use that folder.'


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelModule:
    """One module of a model: what class it names, where it lies, and what it is set to."""

    type: str
    folder: Path
    config: Mapping[str, Any]
    routes: tuple[tuple["ModelModule", ...], ...] = ()  # a Router's ways, each a chain of parts

    @property
    def kind(self) -> str:
        return self.type.rpartition(".")[2]

    @property
    def own(self) -> bool:
        """Check whether the class is one of sentence-transformers' own."""
        return self.type.startswith(NAMESPACE)


def read_json(path: Path) -> Any:
    """Read a JSON file, or say which one can't be read and why."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise HoneError(f"{path} can't be read as JSON: {error}", hint="Copy the model folder again.") from error


def read_object(path: Path) -> Mapping[str, Any]:
    """Read a JSON file that must hold an object; a file that isn't there holds nothing."""
    if not path.is_file():
        return {}
    content = read_json(path)
    if not isinstance(content, dict):
        raise HoneError(f"{path} isn't a JSON object", hint="Copy the model folder again.")
    return cast("dict[str, Any]", content)


def read_parts(folder: Path) -> tuple[ModelModule, ...]:
    """Read a model's modules in the order in which a text passes through them."""
    listing = folder / "modules.json"
    if not listing.is_file():
        raise HoneError(f"{folder} has no modules.json, so it isn't a sentence-transformers model", hint=RESAVE)
    entries: Any = read_json(listing)
    try:
        named = [(str(entry["type"]), str(entry["path"])) for entry in entries]
    except (TypeError, KeyError) as error:
        raise HoneError(f"{listing} isn't a list of modules, each with a type and a path", hint=RESAVE) from error
    if not named:
        raise HoneError(f"{listing} lists no modules", hint=RESAVE)
    return tuple(_read_part(type_, folder, path) for type_, path in named)


def flatten(parts: tuple[ModelModule, ...]) -> tuple[ModelModule, ...]:
    """List parts and the parts on their routes."""
    inner = (flatten(route) for part in parts for route in part.routes)
    return (*parts, *(part for route in inner for part in route))


def _read_part(type_: str, parent: Path, path: str, depth: int = 0) -> ModelModule:
    relative = PurePosixPath(path)
    if relative.is_absolute() or ".." in relative.parts or "\\" in path:
        raise HoneError(f"{parent} has a module at {path!r}, outside the model's folder", hint=RESAVE)
    part = ModelModule(type=type_, folder=parent / relative, config={})
    config = _read_config(part)
    routes = _read_routes(part.folder, config, depth) if part.own and part.kind in CONFIG_NAMES else ()
    return ModelModule(type=type_, folder=part.folder, config=config, routes=routes)


def _read_config(part: ModelModule) -> Mapping[str, Any]:
    for name in CONFIG_NAMES.get(part.kind, ("config.json",)):
        if config := read_object(part.folder / name):
            return config
    return {}


def _read_routes(folder: Path, config: Mapping[str, Any], depth: int) -> tuple[tuple[ModelModule, ...], ...]:
    if depth:
        raise HoneError(f"{folder} holds a Router inside a Router, which isn't supported", hint=RESAVE)
    try:
        parts = {
            str(name): _read_part(str(type_), folder, str(name), depth + 1) for name, type_ in config["types"].items()
        }
        return tuple(tuple(parts[name] for name in chain) for chain in config["structure"].values())
    except (KeyError, TypeError, AttributeError) as error:
        raise HoneError(f"the routes in {folder} can't be read", hint=RESAVE) from error


# The classes that are known to load nothing but safetensors and JSON; sentence-transformers has others that unpickle.
LOADED_KINDS = frozenset(
    {"Transformer", "Pooling", "Normalize", "Dense", "LayerNorm", "Dropout", "StaticEmbedding", "Router", "Asym"}
)
WEIGHTED_KINDS = frozenset({"Transformer", "Dense", "LayerNorm", "StaticEmbedding"})
TOKENIZED_KINDS = frozenset({"Transformer", "StaticEmbedding"})
PICKLES = ("*.bin", "*.pt", "*.pth", "*.pkl", "*.pickle", "*.ckpt", "*.h5")
TOKENIZERS = ("tokenizer.json", "vocab.txt", "vocab.json", "*.model")
# Settings with which a JSON file can reach past the folder: other code, other weights, other kernels.
REACHING_KEYS = frozenset(
    {"auto_map", "custom_pipelines", "trust_remote_code", "transformers_weights", "gguf_file", "adapter_kwargs"}
    | {"code_revision", "use_kernels", "tokenizer_name_or_path"}
)
COPY_AGAIN = "Copy or download the model folder again."
SCAN_NUMBERS = 1 << 22  # this many at a time: a scan needs some 20 MB and not several times the size of the file


class WeightsError(Exception):
    """A weights file that isn't whole; the message says in what way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelProblem:
    message: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedFolder:
    """A model folder as the checks see it."""

    folder: Path
    parts: tuple[ModelModule, ...]  # with those on a Router's routes


def check_model(folder: Path) -> None:
    """Refuse a model folder with everything that is wrong with it."""
    check_parts(folder, read_parts(folder))


def check_parts(folder: Path, parts: tuple[ModelModule, ...]) -> None:
    """Do the same for a folder whose modules are known otherwise than from its own list."""
    model = CheckedFolder(folder=folder, parts=flatten(parts))
    problems = [problem for check in CHECKS for problem in check(model)]
    if problems:
        raise HoneError(
            f"The model in {folder} can't be used: " + "; ".join(problem.message for problem in problems),
            hint=" ".join(dict.fromkeys(problem.remedy for problem in problems)),
        )


def _check_classes(model: CheckedFolder) -> Iterator[ModelProblem]:
    for part in model.parts:
        if not part.own:
            yield ModelProblem(
                message=f"it uses the class {part.type!r}, which isn't part of {NAMESPACE[:-1]}",
                remedy="Use a model made only of sentence-transformers' own modules.",
            )
        elif part.kind not in LOADED_KINDS:
            yield ModelProblem(
                message=f"it uses the module class {part.type!r}, which Hone doesn't load",
                remedy=f"Use a model made of {', '.join(sorted(LOADED_KINDS))}.",
            )


def _check_code(model: CheckedFolder) -> Iterator[ModelProblem]:
    remedy = "Use a model without custom code: Hone never runs code that comes with a model."
    for folder in _folders(model):
        for path in sorted(folder.glob("*.json")):
            if path.name in {"tokenizer.json", "vocab.json"} or path.name.endswith(".index.json"):
                continue
            for key in sorted(_reaching(read_json(path))):
                yield ModelProblem(message=f"{path.name} sets {key}", remedy=remedy)


def _reaching(content: object) -> set[str]:
    if isinstance(content, list):
        return {key for item in cast("list[object]", content) for key in _reaching(item)}
    if not isinstance(content, dict):
        return set()
    settings = cast("Mapping[str, object]", content)
    # An attention implementation with a slash is the name of a kernel to fetch and run.
    found = {key for key, value in settings.items() if key in REACHING_KEYS and value not in (None, False, {}, [])}
    found |= {key for key, value in settings.items() if key.endswith("attn_implementation") and "/" in str(value)}
    return found.union(*(_reaching(value) for value in settings.values()))


def _check_weights(model: CheckedFolder) -> Iterator[ModelProblem]:
    for part in model.parts:
        if part.kind not in WEIGHTED_KINDS:
            continue
        if (part.folder / "adapter_config.json").is_file():
            yield ModelProblem(
                message="it holds only an adapter for another model",
                remedy="Merge the adapter into its model (merge_and_unload) and save the whole model.",
            )
        try:
            yield from _check_part_weights(part)
        except (WeightsError, OSError) as error:
            yield ModelProblem(message=str(error), remedy=COPY_AGAIN)


def _check_part_weights(part: ModelModule) -> Iterator[ModelProblem]:
    if not (paths := weight_files(part.folder)):
        pickles = sorted(path.name for pattern in PICKLES for path in part.folder.glob(pattern))
        if pickles:
            remedy = f"Pickle files can run code, so Hone never reads them. {RESAVE}"
            yield ModelProblem(message=f"its weights are pickled ({', '.join(pickles)})", remedy=remedy)
        else:
            yield ModelProblem(message=f"{part.folder} has no model.safetensors", remedy=COPY_AGAIN)
    for path in paths:
        if not path.is_file():
            yield ModelProblem(message=f"{path.name} is missing", remedy=COPY_AGAIN)
        elif name := _nonfinite(path):
            remedy = "Its training went wrong; use an earlier version of the model."
            yield ModelProblem(message=f"{path.name} contains NaN or infinite numbers, first in {name}", remedy=remedy)


def weight_files(folder: Path) -> tuple[Path, ...]:
    """List the safetensors files that a loader reads in a folder, also those that are missing."""
    single = folder / "model.safetensors"
    if single.is_file():
        return (single,)
    names: Any = read_object(folder / "model.safetensors.index.json").get("weight_map", {})
    if not isinstance(names, dict):
        raise WeightsError("model.safetensors.index.json has no weight_map")
    shards = sorted({str(name) for name in cast("dict[str, object]", names).values()})
    if foreign := [name for name in shards if Path(name).name != name or not name.endswith(".safetensors")]:
        raise WeightsError(
            f"model.safetensors.index.json names {foreign[0]!r}, which isn't a weights file in its folder"
        )
    return tuple(folder / name for name in shards)


def tensor_names(path: Path) -> tuple[str, ...]:
    """Name the tensors of a safetensors file, or raise WeightsError unless header and length agree."""
    with opened_weights(path) as weights:
        return tuple(weights.keys())


@contextmanager
def opened_weights(path: Path) -> Generator[Any]:
    """Open a safetensors file, which its library maps into memory once header and length agree."""
    try:
        opened: Any = safetensors.safe_open(path, framework="pt")  # its stubs leave it open
        with opened as weights:
            yield weights
    except safetensors.SafetensorError as error:
        raise WeightsError(f"{path.name} isn't a complete safetensors file: {error}") from error


def _nonfinite(path: Path) -> str | None:
    """Name the first tensor that holds an infinite number or one that is not a number."""
    with opened_weights(path) as weights:
        for name in weights.keys():  # noqa: SIM118  # it is no mapping
            tensor = weights.get_tensor(name)
            wide = tensor.is_floating_point() and tensor.element_size() > 1  # some of a byte have nothing infinite
            if wide and not all(bool(part.isfinite().all()) for part in tensor.reshape(-1).split(SCAN_NUMBERS)):
                return name
    return None


def _check_tokenizer(model: CheckedFolder) -> Iterator[ModelProblem]:
    for part in model.parts:
        if part.kind not in TOKENIZED_KINDS:
            continue
        if not any(path.stat().st_size for pattern in TOKENIZERS for path in part.folder.glob(pattern)):
            yield ModelProblem(message=f"{part.folder} has no tokenizer ({', '.join(TOKENIZERS)})", remedy=COPY_AGAIN)
        elif (path := part.folder / "tokenizer.json").is_file() and not _is_tokenizer(path):
            yield ModelProblem(message=f"{path.name} holds no tokenizer", remedy=COPY_AGAIN)


def _is_tokenizer(path: Path) -> bool:
    try:
        return isinstance(read_object(path).get("model"), dict)
    except HoneError:
        return False


def _folders(model: CheckedFolder) -> tuple[Path, ...]:
    existing = (folder for folder in (model.folder, *(part.folder for part in model.parts)) if folder.is_dir())
    return tuple(dict.fromkeys(existing))


CHECKS: tuple[Callable[[CheckedFolder], Iterator[ModelProblem]], ...] = (
    _check_classes,
    _check_code,
    _check_weights,
    _check_tokenizer,
)
