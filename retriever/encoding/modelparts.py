"""What a model folder says of itself: its modules, in order, read from JSON and never imported."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, cast

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
