"""The end of a report: everything that is needed to make the run again."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from eval.reports.blocks import Block, Heading, Table


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
        *([f"generation {item['id']}", f"{item['model']}, sha256 {item['hash']}"] for item in settings["generations"]),
        ["library", ", ".join(f"{name} {value:,}" for name, value in settings["library"].items())],
        ["search", ", ".join(f"{name} {value}" for name, value in settings["search"].items())],
        ["Hone", f"{settings['hone']}, code {settings['code']}"],
        ["statistics", ", ".join(f"{name} {value}" for name, value in settings["statistics"].items())],
    ]
    yield Heading(text="To do it again")
    yield Table(names=["what", "value"], rows=rows, figures=False)
