"""What a report is made of; every text in it is plain, and made safe by whoever writes it out."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """The beginning of a part."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A paragraph."""

    text: str
    warning: bool = False  # something that a reader must know before believing a figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under names; all but the first column are set as figures if `figures` says so."""

    names: Sequence[str]
    rows: Sequence[Sequence[str]]
    figures: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An SVG made by `eval.reports.plots`, and what it shows in words; Markdown has the words only."""

    svg: str
    caption: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """Something that is looked up rather than read: closed until it is clicked."""

    title: str
    blocks: Sequence["Block"]


Block = Heading | Text | Table | Picture | Fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One page about one run."""

    title: str
    blocks: Sequence[Block]
