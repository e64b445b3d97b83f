"""What goes into a parser, what comes out, and what that is after cleaning: text that passages are cut from."""

from dataclasses import dataclass
from typing import Literal

from retriever.reading.limits import ReadLimits

Syntax = Literal["markdown", "plain", "code"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A file's text, in the one form that is stored, shown and cut."""

    title: str
    text: str  # NFC, \n line ends, no control or invisible characters; offsets everywhere count these characters
    syntax: Syntax
    language: str = ""  # of code: python, go
    kind: str = ""  # the name of the format that it was read as
    page_starts: tuple[int, ...] = ()  # offset at which each page begins, where the format has pages
    date: str = ""  # what the file itself says, ISO 8601: front matter, an e-mail's Date, a document property
    warnings: tuple[str, ...] = ()  # what a person should know: hidden text removed, pages without text


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
