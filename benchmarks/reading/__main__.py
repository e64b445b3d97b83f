"""Read answers without knowing which version gave them, and grade them 0 to 3 with a reason each.

The same questions of every version are drawn by seed and shuffled; an answer that several versions gave, or that was
graded before, is read once. A version is a folder of answers that `python -m benchmarks.worlds` kept, or files of it.

    python -m benchmarks.reading /tmp/before /tmp/after --worlds 18f sourcegraph --grades grades.jsonl
    python -m benchmarks.reading /tmp/before --grades grades.jsonl --show > sixty.txt
    python -m benchmarks.reading /tmp/before --grades grades.jsonl --grade-from lines.txt
    python -m benchmarks.reading /tmp/before /tmp/after --grades grades.jsonl --report

3 right, complete and readable; 2 right but noisy; 1 partly right; 0 wrong or misleading. Where nothing answers the
question, saying so is right; showing pages as if they answered is misleading. "Not found" about what is there is partly
right where the closest documents show the answer, and wrong where they don't.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.reading.drawing import Drawn, draw, read_versions
from benchmarks.reading.grades import MEANINGS, grades_given, keep_grades, read_grades, report
from benchmarks.reading.showing import written


def main() -> int:
    """Draw, then show, take grades or report."""
    options = _options()
    drawn = draw(read_versions(options.answers, options.worlds), options.count, options.seed)
    if not drawn:
        print("These versions have no question in common.\n  → name answers of the same worlds", file=sys.stderr)
        return 2
    kept = read_grades(options.grades)
    unread = [item for item in drawn if item.name not in kept]
    if options.report:
        print(report(drawn, kept))
    elif options.grade_from is not None:
        return take(options.grade_from, drawn, options.grades)
    elif options.show:
        print("\n\n".join(map(written, drawn if options.all else unread)))
    else:
        ask(unread, options.grades)
    return 0


def take(file: Path, drawn: Sequence[Drawn], grades: Path) -> int:
    """Keep the grades of a file, all of them or, where a line is wrong, none."""
    given, problems = grades_given(file.read_text(encoding="utf-8").splitlines(), drawn)
    if problems:
        print(f"{file} was not taken:", *problems, sep="\n  ", file=sys.stderr)
        return 2
    keep_grades(grades, given)
    print(f"{len(given)} grades kept")
    return 0


def ask(unread: Sequence[Drawn], grades: Path) -> None:
    """Show answer after answer and keep each grade at once; an empty line ends it."""
    for place, item in enumerate(unread, 1):
        print(f"\n{place} of {len(unread)}\n{written(item)}\n")
        while line := input(f"grade 0–{len(MEANINGS) - 1} and a reason: ").strip():
            given, problems = grades_given([f"{item.name} {line}"], [item])
            keep_grades(grades, given)
            if not problems:
                break
            print(*problems, sep="\n")
        else:
            return


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("answers", nargs="+", type=Path, help="folders or files of kept answers")
    parser.add_argument("--grades", type=Path, required=True, help="where grades are kept")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--count", type=int, default=60, help="questions drawn")
    parser.add_argument("--worlds", nargs="+", default=[], metavar="NAME", help="only of these worlds")
    parser.add_argument("--all", action="store_true", help="show what was graded before, too")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--show", action="store_true", help="print the answers, asking nothing")
    what.add_argument("--grade-from", type=Path, metavar="FILE", help="take lines of NAME, grade and reason")
    what.add_argument("--report", action="store_true", help="print how many got which grade")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
