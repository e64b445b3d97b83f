"""What goes into a parser and what comes out, before it is cleaned."""

from dataclasses import dataclass

from retriever.reading.limits import ReadLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class FileContent:
    """A file as a parser gets it: bytes that were checked to be what the suffix says."""

    name: str  # the file's name, without its folder
    data: bytes
    limits: ReadLimits
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParserOutput:
    """What a parser found; either text or pages."""

    text: str = ""
    pages: tuple[str, ...] = ()
    title: str = ""  # empty: taken from the first heading, else from the file's name
    date: str = ""
    warnings: tuple[str, ...] = ()
