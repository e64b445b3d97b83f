"""Text as it is stored: composed, with plain line ends, and nothing in it that a reader cannot see."""

import re
import unicodedata
from dataclasses import dataclass

_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029\x0b\x0c\x85]")
_SPACES = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_TAGS = re.compile("[\U000e0000-\U000e007f]+")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff9-\ufffb\U000e0100-\U000e01ef]"
)
_FEW = 20  # marks left by ordinary word processors and emoji; more than this and one in 100 is worth a warning


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """A cleaned text and what was taken out of it that matters."""

    text: str
    invisible: int = 0
    tags: str = ""  # what Unicode tag characters spelled, where somebody hid a message in them


def clean(text: str) -> Cleaned:
    """Make a text fit to be stored; offsets count the characters of what this returns."""
    if text.isascii() and text.isprintable():  # a fast path for single lines
        return Cleaned(text=text)
    text = _CONTROL.sub("", _LINE_ENDS.sub("\n", text))
    if text.isascii():
        return Cleaned(text=text)
    tags = "".join(_TAGS.findall(text))
    text, invisible = _INVISIBLE.subn("", _TAGS.sub("", text))
    text = unicodedata.normalize("NFC", _SPACES.sub(" ", text))
    return Cleaned(text=text, invisible=invisible, tags=_spell(tags))


def warn_hidden(parts: list[Cleaned]) -> tuple[str, ...]:
    """Say what was hidden in a text, when it was more than writing leaves behind."""
    invisible, length = sum(part.invisible for part in parts), sum(len(part.text) for part in parts)
    tags = "".join(part.tags for part in parts)
    warnings: list[str] = []
    if tags:
        warnings.append(f"hidden text in Unicode tag characters removed: {tags[:80]!r}")
    if invisible > _FEW and invisible * 100 > length:
        warnings.append(f"{invisible:,} invisible characters removed")
    return tuple(warnings)


def _spell(tags: str) -> str:
    return "".join(chr(ord(tag) - 0xE0000) for tag in tags if 0x20 <= ord(tag) - 0xE0000 < 0x7F)
