"""What is wrong with a file, all of it at once and by line."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from hone.errors import UsageError

MOST_TOLD = 1000  # lines; beyond that only their number is told


@dataclass(slots=True, kw_only=True)
class Problems:
    """Gathers what is wrong with the files of one question set."""

    where: Path  # what the person named
    expected: str  # how it should look
    _found: list[str] = field(default_factory=list[str])

    def add(self, line: int, message: str, file: Path | None = None) -> None:
        """Note a problem; `file` where several make one set."""
        named = f"{file.relative_to(self.where)}, " if file and file.is_relative_to(self.where) else ""
        named = f"{file.name}, " if file and not named and file != self.where else named
        self._found.append(f"  {named if named != '., ' else ''}line {line}: {message}")

    def add_all(self, line: int, error: ValidationError, file: Path | None = None) -> None:
        """Note everything that a record's check found."""
        for item in error.errors():
            place = ".".join(map(str, item["loc"]))
            self.add(line, f"{place}: {item['msg']}" if place else item["msg"], file)

    def refuse(self) -> None:
        """Raise all problems in one error, if there are any."""
        if not self._found:
            return
        count = len(self._found)
        more = [f"  … and {count - MOST_TOLD:,} more"] if count > MOST_TOLD else []
        told = "\n".join([*self._found[:MOST_TOLD], *more])
        noun = "problem" if count == 1 else "problems"
        raise UsageError(f"{count:,} {noun} in {self.where}:\n{told}", hint=self.expected)

    def require(self, found: object, message: str) -> None:
        """Refuse a set in which nothing was found."""
        self.refuse()
        if not found:
            raise UsageError(message, hint=self.expected)

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


def fingerprint_of(*files: Path) -> str:
    """Hash what files hold, so that a run names exactly what it read."""
    total = hashlib.sha256()
    for file in files:
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()
