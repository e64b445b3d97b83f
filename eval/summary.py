"""What a run of retrieval came to: means with intervals, slices, and everything that was left out."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.runs import RetrievedQuestion
from eval.slices import FOLLOW_UP
from eval.statistics import Interval, bootstrap_columns, holm, paired_permutation

FEWEST = 5  # questions in a slice: of fewer, an interval says nothing
MOST_VALUES = 12  # of one slice; the rest are the rarest


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemScore:
    """One system's means, and how it stands against the first."""

    system: str
    means: Mapping[str, Interval]  # by measure
    difference: Interval | None  # from the first system, in the first measure; none of the first itself
    p: float | None  # paired permutation, corrected for how many systems there are (Holm)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """The questions that have something in common, in the first measure."""

    name: str
    value: str
    questions: int
    means: Mapping[str, Interval]  # by system


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalSummary:
    """One evaluation of retrieval."""

    questions: int
    scored: int
    without_gold: tuple[str, ...]  # nothing is known to answer them, so finding can't be scored
    lacking: Mapping[str, tuple[str, ...]]  # gold that the library has not, by question; scored as not found
    forbidden: Mapping[str, tuple[str, ...]]  # gold that the asker may not read; scored as not found
    followups: int  # scored questions that lean on what was said before; the search sees them alone
    unanswered: Mapping[str, int]  # by system, questions that nothing was found for; scored zero
    systems: tuple[SystemScore, ...]
    slices: tuple[Slice, ...]

    @property
    def measures(self) -> tuple[str, ...]:
        return tuple(self.systems[0].means) if self.systems else ()


def summarise(lines: Sequence[RetrievedQuestion]) -> RetrievalSummary:
    """Sum up the lines of a run."""
    scored = [line for line in lines if line.scores]
    names = list(scored[0].scores) if scored else []
    return RetrievalSummary(
        questions=len(lines),
        scored=len(scored),
        without_gold=tuple(line.id for line in lines if not line.scores),
        lacking={line.id: line.lacking for line in lines if line.lacking},
        forbidden={line.id: line.forbidden for line in lines if line.forbidden},
        followups=sum(line.slices.get("turn") == FOLLOW_UP for line in scored),
        unanswered={name: sum(not line.top[name] for line in scored) for name in names},
        systems=_systems(scored, names),
        slices=tuple(_slices(scored, names)),
    )


def _systems(lines: Sequence[RetrievedQuestion], names: Sequence[str]) -> tuple[SystemScore, ...]:
    if not lines:
        return ()
    measures = list(lines[0].scores[names[0]])
    tables = {name: [[line.scores[name][measure] or 0.0 for measure in measures] for line in lines] for name in names}
    first = [row[0] for row in tables[names[0]]]
    # One table of everything, so that the same resamplings serve all systems and their differences.
    wide = [
        [value for name in names for value in (*tables[name][row], tables[name][row][0] - first[row])]
        for row in range(len(lines))
    ]
    columns, size = bootstrap_columns(wide), len(measures) + 1
    ps = [None, *holm([paired_permutation(first, [row[0] for row in tables[name]]) for name in names[1:]])]
    return tuple(
        SystemScore(
            system=name,
            means=dict(zip(measures, columns[place * size : place * size + len(measures)], strict=True)),
            difference=columns[place * size + size - 1] if place else None,
            p=ps[place],
        )
        for place, name in enumerate(names)
    )


def _slices(lines: Sequence[RetrievedQuestion], names: Sequence[str]) -> list[Slice]:
    members: dict[str, dict[str, list[RetrievedQuestion]]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        for name, value in line.slices.items():
            members[name][value].append(line)
    found = list[Slice]()
    for name in sorted(members):
        common = Counter({value: len(inside) for value, inside in members[name].items()}).most_common(MOST_VALUES)
        telling = [(value, count) for value, count in common if FEWEST <= count < len(lines)]
        found += [_slice(name, value, members[name][value], names) for value, _ in telling]
    return found


def _slice(name: str, value: str, lines: Sequence[RetrievedQuestion], names: Sequence[str]) -> Slice:
    table = [[next(iter(line.scores[system].values())) or 0.0 for system in names] for line in lines]
    means = dict(zip(names, bootstrap_columns(table), strict=True))
    return Slice(name=name, value=value, questions=len(lines), means=means)
