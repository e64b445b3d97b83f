"""From a file's bytes to Parsed: check what it is, parse it, clean what came out."""

from collections.abc import Callable
from importlib import import_module
from typing import cast

from retriever.reading.cleaning import clean, warn_hidden
from retriever.reading.draft import Draft, Source
from retriever.reading.formats import Format
from retriever.reading.limits import ReadLimits, Refused, refuse_over
from retriever.reading.parsed import Parsed
from retriever.reading.sniffing import seems
from retriever.reading.titles import first_heading, plain_title, readable_name

_BETWEEN_PAGES = "\n\n"


def parse_bytes(known: Format, name: str, data: bytes, limits: ReadLimits) -> Parsed:
    """Read a file's bytes as the format its name claims, or raise Refused."""
    if not data.strip():
        raise Refused("empty file")
    found = seems(data)
    if found not in known.seems:
        raise Refused(f"named {name.rpartition('.')[2]}, but seems to be {found}")
    draft = _load(known.parser)(Source(name=name, data=data, limits=limits, language=known.language))
    return _finish(draft, known, name, limits)


def _load(entry: str) -> Callable[[Source], Draft]:
    module, _, function = entry.partition(":")
    return cast("Callable[[Source], Draft]", getattr(import_module(module), function))


def _finish(draft: Draft, known: Format, name: str, limits: ReadLimits) -> Parsed:
    refuse_over(len(draft.text) + sum(map(len, draft.pages)), limits)
    parts = [clean(page) for page in draft.pages or (draft.text,)]
    text = _BETWEEN_PAGES.join(part.text for part in parts)
    if not text.strip():
        raise Refused("no text in it")
    heading = first_heading(text) if known.syntax == "markdown" and not draft.title.strip() else ""
    title = plain_title(clean(draft.title).text) or heading or readable_name(clean(name).text)
    return Parsed(
        title=title,
        text=text,
        syntax=known.syntax,
        language=known.language,
        page_starts=_starts([part.text for part in parts]) if draft.pages else (),
        date=draft.date,
        warnings=draft.warnings + warn_hidden(parts),
    )


def _starts(pages: list[str]) -> tuple[int, ...]:
    starts = [0]
    for page in pages[:-1]:
        starts.append(starts[-1] + len(page) + len(_BETWEEN_PAGES))
    return tuple(starts)
