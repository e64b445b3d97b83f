"""What a report is made of; every text in it is plain, and made safe by whoever writes it out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """The beginning of a part."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
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


Block = Heading | Paragraph | Table | Picture | Fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One page about one run."""

    title: str
    blocks: Sequence[Block]


PARTS = ("assistant", "judge", "library", "search", "statistics")  # of a run's settings, that are told whole


def named(ids: Sequence[str], most: int) -> str:
    """List ids in a line, the first of many."""
    return ", ".join(ids[:most]) + (f" and {len(ids) - most:,} more" if len(ids) > most else "")


def reproducing(settings: Mapping[str, Any], more: Sequence[tuple[str, str]] = ()) -> Iterator[Block]:
    """List what a run was made with; `more` is what only runs of its kind have."""
    questions = settings["questions"]
    of = questions.get("of", questions["count"])
    count = f"{questions['count']:,}" if of == questions["count"] else f"{questions['count']:,} of {of:,}"
    rows = [
        ["run", str(settings["id"])],
        ["begun", str(settings["started"])],
        ["questions", f"{questions['origin']} ({count})"],
        ["sha256 of the questions", str(questions["fingerprint"])],
        *(list(row) for row in more),
        *(
            [f"generation {item['id']}", f"{item['model']}, sha256 {item['hash']}"]
            for item in settings.get("generations", ())
        ),
        *(
            [name, _flat(settings[name])]
            for name in PARTS
            if isinstance(settings.get(name), Mapping) and settings[name]
        ),
        ["Hone", f"{settings['hone']}, code {settings['code']}"],
    ]
    yield Heading(text="Reproduce")
    yield Table(names=["what", "value"], rows=rows, figures=False)


def _flat(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value:,}" if type(value) is int else f"{name} {value}" for name, value in values.items())
