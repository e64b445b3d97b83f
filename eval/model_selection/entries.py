"""The models that are compared: each opened by the checks that a serving one passes, and weighed as it would be."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hone.errors import HoneError
from hone.records import EncoderCard, FusionWeights
from hone.registry import Generation, model_id
from hone.workspace import Workspace
from retriever.encoding.encoder import Encoder
from retriever.indexing.encoders import PACKAGED, TRAINED, Encoders
from retriever.ranking.fusion import weights_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedModel:
    """One model, and how its legs are weighed."""

    name: str
    encoder: Encoder
    weights: FusionWeights


def entries_of(workspace: Workspace, live: Generation, models: Sequence[str]) -> list[ComparedModel]:
    """Open the live model, the packaged one and those that are named, each once; one encoder can have two weighings."""
    encoders, found = Encoders(workspace), dict[tuple[str, FusionWeights], ComparedModel]()
    wanted = [(live.model.location, live.model.card.truncate_dim), ("", None), *((name, None) for name in models)]
    for place, (location, dimensions) in enumerate(wanted):
        encoder = encoders.open(location, dimensions)
        learned = _learned(workspace, location, encoder.card) if place else live.model.fusion
        short = PACKAGED if location in ("", "default") else Path(location).name
        name, weights = model_id(short, encoder.card, learned), weights_of(learned)
        found.setdefault((encoder.card.hash, weights), ComparedModel(name=name, encoder=encoder, weights=weights))
    first = next(iter(found.values()))
    if first.encoder.card.hash != live.model.card.hash:
        raise HoneError(
            f"The live model {live.model.location!r} has changed on the disk since the index was built.",
            hint=f"Put the old model back, or rebuild: hone index rebuild --encoder {live.model.location}",
        )
    return list(found.values())


def _learned(workspace: Workspace, location: str, card: EncoderCard) -> FusionWeights | None:
    """Return the weights of a trained model; a folder that only other models were weighed with has none."""
    encoders = Encoders(workspace)
    folder = Path(encoders.place(location)).resolve()
    known = (
        item.fusion
        for item in workspace.registry.models()
        if item.card.hash == card.hash
        and item.location.startswith(f"{TRAINED}/")
        and Path(encoders.place(item.location)).resolve() == folder
    )
    return next(known, None)


NOT_STATED = "not stated"
LONGEST = 200_000  # characters of a card that are read

_MATTER = re.compile(r"\A---[ \t]*\r?\n(.*?)\r?\n---", re.DOTALL)
_KEY = re.compile(r"^(?P<key>license(?:_name)?):[ \t]*(?P<value>[^\r\n#]*)", re.MULTILINE)
_ITEM = re.compile(r"\s*\r?\n\s*-\s*(?P<value>[^\r\n#]+)")


def licence_of(folder: Path) -> str:
    """Read a licence from the card's metadata, or from the first line of a licence file."""
    card = _text(folder / "README.md")
    matter = _MATTER.match(card)
    found = {item["key"]: _value(item, matter[1]) for item in _KEY.finditer(matter[1])} if matter else {}
    named = found.get("license", "")
    if named == "other":
        named = found.get("license_name", "") or named
    if named:
        return named
    for name in ("LICENSE", "LICENSE.txt", "LICENSE.md"):
        first = next((line.strip(" #*\t") for line in _text(folder / name).splitlines() if line.strip()), "")
        if first:
            return f"{first[:60]} ({name})"
    return NOT_STATED


def _value(found: re.Match[str], matter: str) -> str:
    value = found["value"].strip().strip("\"'")
    listed = _ITEM.match(matter, found.end()) if not value else None
    return listed["value"].strip().strip("\"'") if listed else value.strip("[]")


def _text(file: Path) -> str:
    if not file.is_file():
        return ""
    with file.open(encoding="utf-8", errors="replace") as card:
        return card.read(LONGEST)
