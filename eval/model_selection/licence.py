"""What a model's folder says of its licence; nothing is looked up elsewhere."""

import re
from pathlib import Path

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
