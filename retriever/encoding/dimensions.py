"""How many dimensions a model's vectors have, followed from module to module without loading one."""

from collections.abc import Callable, Mapping
from typing import Any

from retriever.encoding.modelparts import Part
from retriever.encoding.weights import WeightsError, read_tensors

# Where the configurations of the transformer families keep the width of what they give.
WIDTH_KEYS = ("hidden_size", "d_model", "dim", "n_embd")
WORD_TENSORS = ("word_embeddings.weight", "embed_tokens.weight", "tok_embeddings.weight", "wte.weight")


class MismatchError(Exception):
    """Two modules, or a module and its weights, that don't fit; the message names both numbers."""


def measure(parts: tuple[Part, ...]) -> int | None:
    """Follow a vector's width through the modules; None where the first one doesn't say."""
    width: int | None = None
    for part in parts:
        if flow := FLOWS.get(part.kind):
            width = flow(part, width)
    return width


def _after_transformer(part: Part, width: int | None) -> int | None:
    del width
    configs: tuple[Mapping[str, Any], ...] = (part.config, part.config.get("text_config") or {})
    found = next((_number(config, key) for config in configs for key in WIDTH_KEYS if key in config), None)
    stored = _stored_shape(part, WORD_TENSORS)
    # Models with a narrower word table than their layers (ALBERT, ELECTRA) say so under embedding_size.
    if found and stored and "embedding_size" not in part.config and stored[-1] != found:
        raise MismatchError(f"config.json says {found} dimensions and the weights have {stored[-1]}")
    return found


def _after_pooling(part: Part, width: int | None) -> int | None:
    own = _number(part.config, "embedding_dimension") or _number(part.config, "word_embedding_dimension")
    _expect(part, own, width)
    modes: Any = part.config.get("pooling_mode")
    if modes is None:
        flags = [value for key, value in part.config.items() if key.startswith("pooling_mode_")]
        return own and own * max(1, sum(flag is True for flag in flags))
    return own and own * (len(modes) if isinstance(modes, list) else 1)  # pyright: ignore[reportUnknownArgumentType] - JSON


def _after_dense(part: Part, width: int | None) -> int | None:
    if part.config.get("module_input_name", "sentence_embedding") == "sentence_embedding":
        _expect(part, _number(part.config, "in_features"), width)
    out = _number(part.config, "out_features")
    stored = _stored_shape(part, ("linear.weight",))
    if out and stored and stored[0] != out:
        raise MismatchError(f"{part.folder.name} says {out} dimensions and its weights have {stored[0]}")
    return out


def _after_layer_norm(part: Part, width: int | None) -> int | None:
    own = _number(part.config, "dimension")
    _expect(part, own, width)
    return own or width


def _after_static(part: Part, width: int | None) -> int | None:
    del width
    stored = _stored_shape(part, ("embedding.weight", "embeddings"))
    return stored[-1] if stored else None


def _after_router(part: Part, width: int | None) -> int | None:
    # A route may start with a Transformer or go on from the vector that came in.
    routes = {_after_route(route, width) for route in part.routes}
    if len(routes) > 1:
        raise MismatchError(f"its routes give vectors of different dimensions: {', '.join(sorted(map(str, routes)))}")
    return routes.pop() if routes else width


def _after_route(route: tuple[Part, ...], width: int | None) -> int | None:
    for part in route:
        if flow := FLOWS.get(part.kind):
            width = flow(part, width)
    return width


def _expect(part: Part, own: int | None, width: int | None) -> None:
    if own and width and own != width:
        raise MismatchError(f"{part.folder.name} expects {own} dimensions and the module before it gives {width}")


def _number(config: Mapping[str, Any], key: str) -> int | None:
    value = config.get(key)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise MismatchError(f"{key} is {value!r}, and a number of dimensions was expected")
    return value


def _stored_shape(part: Part, endings: tuple[str, ...]) -> tuple[int, ...] | None:
    path = part.folder / "model.safetensors"
    try:
        tensors = read_tensors(path) if path.is_file() else ()
    except WeightsError:
        return None  # the check of the weights says it
    return next((tensor.shape for tensor in tensors if tensor.name.endswith(endings) and len(tensor.shape) == 2), None)


FLOWS: dict[str, Callable[[Part, int | None], int | None]] = {
    "Transformer": _after_transformer,
    "Pooling": _after_pooling,
    "Dense": _after_dense,
    "LayerNorm": _after_layer_norm,
    "StaticEmbedding": _after_static,
    "Router": _after_router,
    "Asym": _after_router,
}
