"""Files that commands write: whole or not at all."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from hone.errors import UsageError


@contextmanager
def output_file(path: Path) -> Generator[TextIO]:
    """Open a file that appears, or replaces the one there, only when it is complete."""
    if not path.parent.is_dir():
        raise UsageError(f"There is no folder {path.parent}.", hint="Create it first, or name another file.")
    unfinished = path.with_name(path.name + ".unfinished")
    try:
        with unfinished.open("w", encoding="utf-8", newline="\n") as file:
            yield file
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
