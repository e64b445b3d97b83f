"""From a file's bytes to Parsed: check what it is, parse it, clean what came out.

Text is stored composed, with plain line ends, and with nothing in it that a reader cannot see.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import cast

from retriever.reading.formats import Format
from retriever.reading.limits import ReadLimits, Refused, refuse_over
from retriever.reading.metadata import first_heading, plain_title, readable_name
from retriever.reading.parsed import FileContent, Parsed, ParserOutput
from retriever.reading.sniffing import seems

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


_BETWEEN_PAGES = "\n\n"


def parse_bytes(formats: Sequence[Format], name: str, data: bytes, limits: ReadLimits) -> Parsed:
    """Read a file's bytes as the first of the formats its name claims that fits them, or raise Refused."""
    if not data.strip():
        raise Refused("empty file", "empty")
    found = seems(data)
    known = next((item for item in formats if found in item.seems), None)
    if known is None:
        suffix = Path(name).suffix
        is_ours = any(suffix.lower() in item.suffixes for item in formats)
        raise Refused(f"named {suffix[1:]}, but seems to be {found}", "format" if is_ours else "unsupported")
    draft = _load(known.parser)(FileContent(name=name, data=data, limits=limits, language=known.language))
    return _finish(draft, known, name, limits)


def _load(entry: str) -> Callable[[FileContent], ParserOutput]:
    module, _, function = entry.partition(":")
    return cast("Callable[[FileContent], ParserOutput]", getattr(import_module(module), function))


def _finish(draft: ParserOutput, known: Format, name: str, limits: ReadLimits) -> Parsed:
    refuse_over(len(draft.text) + sum(map(len, draft.pages)), limits)
    parts = [clean(page) for page in draft.pages or (draft.text,)]
    text = _BETWEEN_PAGES.join(part.text for part in parts)
    if not text.strip():
        raise Refused("it contains no text", "empty")
    heading = first_heading(text) if known.syntax == "markdown" and not draft.title.strip() else ""
    # Cleaned last: what is hidden can be written as `&#x200b;` too.
    title = clean(plain_title(draft.title) or heading).text.strip() or readable_name(clean(name).text)
    return Parsed(
        title=title,
        text=text,
        syntax=known.syntax,
        language=known.language,
        kind=known.name,
        page_starts=_starts([part.text for part in parts]) if draft.pages else (),
        date=draft.date,
        warnings=draft.warnings + warn_hidden(parts),
    )


def _starts(pages: list[str]) -> tuple[int, ...]:
    starts = [0]
    for page in pages[:-1]:
        starts.append(starts[-1] + len(page) + len(_BETWEEN_PAGES))
    return tuple(starts)
