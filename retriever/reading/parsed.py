"""What a parser makes of a file: text that passages are cut from, and what is known about it."""

from dataclasses import dataclass
from typing import Literal

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
