"""Server-sent events as a program reads them."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One event."""

    kind: str
    id: str
    data: dict[str, Any]


def heard(lines: Iterable[str]) -> Iterator[Heard]:
    """Read events from the lines of a reply; comments are left out."""
    fields: dict[str, str] = {}
    for line in lines:
        if line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            fields[name] = value
        elif not line and fields:
            yield Heard(kind=fields["event"], id=fields.get("id", ""), data=json.loads(fields["data"]))
            fields = {}
