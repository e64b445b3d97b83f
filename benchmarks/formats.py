"""How much of each document's text is read: word recall against expected Markdown, per file and per format.

    python -m benchmarks.formats ../shared/data/formats

Words are the lower-cased word tokens of the expected file, without its HTML comments and without the addresses of its
links and pictures. A word counts as often as it occurs. Text that should not be there is not held against a parser.
"""

import argparse
import re
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from retriever.reading.formats import formats_of
from retriever.reading.limits import ReadLimits, Rejected
from retriever.reading.reader import Reader

DEFAULT = Path(__file__).parents[1] / ".." / "shared" / "data" / "formats"
EXPECTED = ".expected.md"
TARGET = 0.90
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_PICTURE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What came of one file."""

    path: Path
    kind: str
    recall: float | None = None  # none: nothing to compare with
    note: str = ""


def words(text: str) -> Counter[str]:
    """Count the words of a text, without comments, pictures and the addresses of links."""
    return Counter(re.findall(r"\w+", without_addresses(text).lower()))


def without_addresses(text: str) -> str:
    """Leave out a Markdown text's comments, pictures and the addresses of links."""
    return _LINK.sub(r"\1", _PICTURE.sub("", _COMMENT.sub("", text)))


def word_recall(expected: str, found: str) -> float:
    """Say which share of the expected words was found, each as often as expected."""
    wanted = words(expected)
    return (wanted & words(found)).total() / max(wanted.total(), 1)


def measure(folder: Path) -> list[Reading]:
    """Read every file of a folder that has a parser."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.endswith(EXPECTED)]
    known = {path: kind[0].name for path in files if (kind := formats_of(path.name))}
    readings = [
        Reading(path=path, kind=path.suffix, note="format is not supported") for path in files if path not in known
    ]
    with Reader(2, ReadLimits()) as reader:
        for path, result in reader.read(known):
            expected = path.with_name(path.name + EXPECTED)
            has_expected = expected.exists()
            if isinstance(result, Rejected):
                recall, note = 0.0 if has_expected else None, f"rejected: {result.reason}"
            elif has_expected:
                recall, note = (
                    word_recall(expected.read_text(encoding="utf-8"), result.text),
                    "; ".join(result.warnings),
                )
            else:
                recall, note = None, f"no expected text; read {len(result.text):,} characters"
            readings.append(Reading(path=path, kind=known[path], recall=recall, note=note))
    return sorted(readings, key=lambda reading: (reading.kind, reading.path))


def show(readings: list[Reading]) -> float:
    """Print each file and each format, and give the mean over the formats."""
    console = Console(width=None if sys.stdout.isatty() else 140)
    files = Table("format", "file", "word recall", "note")
    by_kind: dict[str, list[float]] = defaultdict(list)
    for reading in readings:
        files.add_row(reading.kind, reading.path.name, _written(reading.recall), reading.note)
        if reading.recall is not None:
            by_kind[reading.kind].append(reading.recall)
    console.print(files)
    formats = Table("format", "files with expected text", "mean word recall")
    means = {kind: sum(recalls) / len(recalls) for kind, recalls in by_kind.items()}
    for kind, mean in means.items():
        formats.add_row(kind, str(len(by_kind[kind])), _written(mean))
    console.print(formats)
    every = [recall for recalls in by_kind.values() for recall in recalls]
    overall = sum(means.values()) / len(means)
    console.print(
        f"mean over {len(means)} formats {overall:.3f}; mean over {len(every)} files {sum(every) / len(every):.3f}"
    )
    console.print(
        f"not in the means: {sum(reading.recall is None for reading in readings)} files, for the reasons noted"
    )
    return overall


def _written(recall: float | None) -> str:
    return "" if recall is None else f"{recall:.3f}"


def main() -> int:
    """Measure a folder; fails when the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=DEFAULT, help="of the sample files")
    folder: Path = parser.parse_args().folder
    if not folder.is_dir():
        print(f"no folder {folder}: give the folder that holds the sample files", file=sys.stderr)
        return 2
    readings = measure(folder)
    if not any(reading.recall is not None for reading in readings):
        print(f"no NAME{EXPECTED} in {folder}: nothing to compare with", file=sys.stderr)
        return 2
    return 0 if show(readings) >= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
