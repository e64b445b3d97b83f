"""From a file's bytes to Parsed: check what it is, parse it, clean what came out."""

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import cast

from retriever.reading.cleaning import clean, warn_hidden
from retriever.reading.formats import Format
from retriever.reading.limits import ReadLimits, Refused, refuse_over
from retriever.reading.metadata import first_heading, plain_title, readable_name
from retriever.reading.parsed import FileContent, Parsed, ParserOutput
from retriever.reading.sniffing import seems

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
    title = plain_title(clean(draft.title).text) or heading or readable_name(clean(name).text)
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
