"""What is wrong with a file, all of it at once and by line."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from hone.errors import UsageError

LISTED = 1000  # different problems; of the rest only the number is shown
NUMBERED = 3  # lines that are numbered where many have the same problem
PLAIN = {"extra_forbidden": "unknown field", "missing": "required, but missing"}  # pydantic's error types


Record = TypeVar("Record", bound=BaseModel)


@dataclass(slots=True, kw_only=True)
class Problems:
    """Collects what is wrong with the files of one question set."""

    where: Path  # what the person named
    expected: str  # how it should look
    _seen: dict[str, int] = field(default_factory=dict[str, int])  # names of records, and the lines they stand on
    _lines: dict[tuple[str, str], list[int]] = field(default_factory=dict[tuple[str, str], list[int]])

    def add(self, line: int, message: str, file: Path | None = None) -> None:
        """Note a problem; `file` where several make one set."""
        named = f"{file.relative_to(self.where)}, " if file and file.is_relative_to(self.where) else ""
        named = f"{file.name}, " if file and not named and file != self.where else named
        self._lines.setdefault((named if named != "., " else "", message), []).append(line)

    def add_all(self, line: int, error: ValidationError, file: Path | None = None) -> None:
        """Note everything that a record's check found."""
        for item in error.errors():
            place, said = ".".join(map(str, item["loc"])), PLAIN.get(item["type"], item["msg"])
            self.add(line, f"{place}: {said}" if place else said, file)

    def add_to_file(self, message: str) -> None:
        """Note a problem of the whole file."""
        self._lines.setdefault(("", message), [])

    def is_new(self, line: int, name: str, told: str, file: Path | None = None) -> bool:
        """Check whether a record's name stands here for the first time; otherwise that is a problem."""
        first = self._seen.setdefault(name, line)
        if first != line:
            self.add(line, f"{told} {name!r} is on line {first} too", file)
        return first == line

    def refuse(self) -> None:
        """Raise all problems in one error, if there are any."""
        if not self._lines:
            return
        count = sum(len(lines) or 1 for lines in self._lines.values())
        shown = [
            f"  {file}{_numbered(lines)}{message}" for (file, message), lines in islice(self._lines.items(), LISTED)
        ]
        if len(self._lines) > LISTED:
            shown.append(f"  … and {len(self._lines) - LISTED:,} more kinds")
        noun = "problem" if count == 1 else "problems"
        raise UsageError(f"{count:,} {noun} in {self.where}:\n" + "\n".join(shown), hint=self.expected)

    def require(self, found: object, message: str) -> None:
        """Refuse a set in which nothing was found."""
        self.refuse()
        if not found:
            raise UsageError(message, hint=self.expected)

    def records(self, file: Path, kind: type[Record]) -> Iterator[tuple[int, Record]]:
        """Yield a file's lines as records, with their numbers; those that aren't are problems."""
        for number, line in self.lines(file):
            try:
                yield number, kind.model_validate_json(line)
            except ValidationError as error:
                self.add_all(number, error, file)

    def lines(self, file: Path) -> Iterator[tuple[int, str]]:
        """Yield a file's lines that aren't blank, with their numbers; those that aren't UTF-8 are problems."""
        if not file.is_file():
            raise UsageError(f"File {file} doesn't exist.", hint=self.expected)
        for number, line in enumerate(file.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
            try:
                text = line.decode("utf-8").rstrip("\r")
            except UnicodeDecodeError as error:
                self.add(number, f"it isn't UTF-8 ({error.reason} at byte {error.start})", file)
                continue
            if text.strip():
                yield number, text


def _numbered(lines: Sequence[int]) -> str:
    if not lines:
        return ""
    if len(lines) == 1:
        return f"line {lines[0]}: "
    more = f" and {len(lines) - NUMBERED:,} more" if len(lines) > NUMBERED else ""
    return f"lines {', '.join(map(str, lines[:NUMBERED]))}{more}: "


def fingerprint_of(*files: Path) -> str:
    """Hash what files hold, so that a run names exactly what it read."""
    total = hashlib.sha256()
    for file in files:
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()
