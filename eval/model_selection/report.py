"""Models side by side: quality, tokenizer, size, speed and licence, a picture, and the sensible choice."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from eval.model_selection.choice import Facts, ModelChoice
from eval.model_selection.coverage import ALL, STEPS, LanguageCoverage
from eval.model_selection.scoring import shown_leg
from eval.reports.blocks import Block, Heading, Paragraph, Picture, Report, Table
from eval.reports.plots import PlotBar, PlotPoint, bars, colour, curves, row_line, short, svg
from eval.reports.retrieval import caveats
from eval.statistics import Interval
from eval.summary import RetrievalSummary, SystemScore
from hone.records import FusionWeights
from retriever.ranking.fusion import WEIGHTS
from retriever.ranking.legs import LEGS

WIDTH, HEIGHT, LEFT, TOP = 560, 320, 56, 14
LINE = 15  # between two labels
SMALLEST, LARGEST = 5.0, 16.0  # radius


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One model."""

    name: str
    cost: float
    quality: Interval
    size: float
    chosen: bool


def trade_off(marks: Sequence[Mark]) -> str:
    """Draw models: up is better, left is cheaper, and costs double with equal steps."""
    costs = [math.log2(max(item.cost, 1e-3)) for item in marks]
    low, high = math.floor(min(costs)) - 0.5, math.ceil(max(costs)) + 0.5
    best = max(item.quality.high for item in marks)
    most = min(1.0, math.ceil(best * 10) / 10) or 1.0
    largest = max(item.size for item in marks)

    def up(value: float) -> float:
        return TOP + HEIGHT * (1 - value / most)

    def across(cost: float) -> float:
        return LEFT + WIDTH * (cost - low) / (high - low)

    drawn = [row_line(up(most * step / 4), LEFT, LEFT + WIDTH, f"{most * step / 4:.2f}") for step in range(5)]
    drawn += [
        f'<text x="{across(power):.1f}" y="{TOP + HEIGHT + 18}" text-anchor="middle">{2.0**power:.2g}×</text>'
        for power in range(math.ceil(low), math.floor(high) + 1, max(1, round((high - low) / 8)))
    ]
    labels = _apart([up(item.quality.mean) for item in marks])
    for place, (item, cost) in enumerate(zip(marks, costs, strict=True)):
        x, radius = across(cost), SMALLEST + (LARGEST - SMALLEST) * math.sqrt(item.size / largest)
        drawn.append(_mark(item, x, up, radius, colour(place), labels[place]))
    drawn.append(
        f'<text x="{LEFT + WIDTH / 2}" y="{TOP + HEIGHT + 40}" text-anchor="middle">time per passage, '
        "relative to the live model's</text>"
    )
    width, height = LEFT + WIDTH + 20, TOP + HEIGHT + 50
    return svg(width, height, "quality against cost", drawn)


def _mark(item: Mark, x: float, up: Callable[[float], float], radius: float, ink: str, label_y: float) -> str:
    y = up(item.quality.mean)
    ring = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius + 4:.1f}" fill="none" stroke="var(--ink)"/>'
    left = x > LEFT + WIDTH / 2
    return (
        f"<g><title>{escape(item.name)}: {escape(str(item.quality))} at {item.cost:.2f}×</title>"
        f'<path d="M{x:.1f} {up(item.quality.low):.1f}V{up(item.quality.high):.1f}" stroke="{ink}"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{ink}" opacity=".75"/>'
        f"{ring if item.chosen else ''}"
        f'<text x="{x + (-1 if left else 1) * (radius + 8):.1f}" y="{label_y + 4:.1f}" '
        f'text-anchor="{"end" if left else "start"}">{escape(short(item.name, 34))}</text></g>'
    )


def _apart(heights: Sequence[float]) -> list[float]:
    """Move labels down until none lies on another."""
    placed = list(heights)
    taken = list[float]()
    for place in sorted(range(len(placed)), key=lambda at: placed[at]):
        if taken:
            placed[place] = max(placed[place], taken[-1] + LINE)
        taken.append(placed[place])
    return placed


RULE = (
    "The rule: the best model has the highest mean over the order that people get. A model counts as equally good if "
    "the paired difference is not significant and at most .02. Of those, the one with the least time per passage is "
    "chosen. The live model stays unless the choice is better or saves at least a fifth of its time."
)
RATES: Sequence[tuple[Callable[[LanguageCoverage], float], str]] = (
    (lambda item: item.split, "split into pieces"),
    (lambda item: item.unknown, "with an unknown part"),
)
CUT_FOR = (
    "Passages were cut for the live model. A model with a longer window gains nothing here; one with a shorter window "
    "loses."
)


def models_report(
    settings: Mapping[str, Any], summary: RetrievalSummary, facts: Sequence[Facts], choice: ModelChoice
) -> Report:
    """Lay the comparison out as a report."""
    blocks: list[Block] = [
        *choice_lines(choice),
        *caveats(settings, summary),
        Heading(text="Quality"),
        quality_table(summary, facts),
        *weights_lines(facts),
        Picture(svg=trade_off(_marks(summary, facts, choice)), caption=_caption(summary)),
        Heading(text="Cost"),
        cost_table(facts),
        Paragraph(text="Times are from this machine now; trust the ratios, which were measured in alternation."),
        Heading(text="Words"),
        *coverage_blocks(facts, settings["passages"]),
        Paragraph(text=RULE),
    ]
    return Report(title=f"Models on {settings['questions']['name']}", blocks=blocks)


def choice_lines(choice: ModelChoice) -> Iterator[Paragraph]:
    """Name the sensible choice."""
    yield Paragraph(text=f"Sensible choice: {choice.name}, because {choice.why}")
    if choice.caution:
        yield Paragraph(text=choice.caution, warning=True)


def quality_table(summary: RetrievalSummary, facts: Sequence[Facts]) -> Table:
    """Lay out one line per model and way of ranking, with its difference from the live model."""
    systems = {item.system: item for item in summary.systems}
    live, measure = facts[0].name, summary.measures[0]
    legs = list(dict.fromkeys(name.rpartition(":")[2] for name in systems))
    rows = [
        [
            _names(facts)[fact.name],
            leg,
            *(str(value) for value in systems[f"{fact.name}:{leg}"].means.values()),
            _difference(systems[f"{fact.name}:{leg}"]) if leg == legs[0] and fact.name != live else "",
        ]
        for leg in legs
        for fact in facts
    ]
    return Table(names=["model", "order", *summary.measures, f"{measure} against live"], rows=rows)


def weights_lines(facts: Sequence[Facts]) -> Iterator[Paragraph]:
    """Name the models that weigh words and meaning as they have learned to; that decides over their fused order."""
    told = [f"{fact.name} ({_weights(fact.fusion)})" for fact in facts if fact.fusion != WEIGHTS]
    if told:
        yield Paragraph(text=f"Fused with their own weights: {', '.join(told)}. All others use the packaged weights.")


def cost_table(facts: Sequence[Facts]) -> Table:
    """Lay out one line per model: dimensions, storage, speed against the live one, licence."""
    rows = [
        [
            _names(facts)[fact.name],
            f"{fact.card.dimensions:,}",
            _size(fact.vectors),
            "–" if fact.weights is None else _size(fact.weights),
            f"{fact.speed.passages_a_second:,.0f}",
            f"{fact.speed.passage_cost:.2g}",
            f"{fact.speed.query_ms:.1f}",
            f"{fact.speed.query_cost:.2g}",
            fact.licence,
        ]
        for fact in facts
    ]
    names = [
        "model",
        "dimensions",
        "vectors",
        "weights",
        "passages/s",
        "× live",
        "ms per question",
        "× live",
        "licence",
    ]
    return Table(names=names, rows=rows)


def coverage_blocks(facts: Sequence[Facts], passages: int) -> Iterator[Block]:
    """Show how the tokenizers split the documents' words, and what the windows cut off."""
    tried = next((fact.coverage.passages for fact in facts if fact.coverage is not None), passages)
    if tried < passages:
        yield Paragraph(text=f"A sample of {tried:,} of {passages:,} passages, evenly spaced through the library.")
    yield coverage_table(facts)
    yield from _coverage_pictures(facts)
    yield window_table(facts)
    yield from _window_picture(facts)
    yield Paragraph(text=CUT_FOR)


def coverage_table(facts: Sequence[Facts]) -> Table:
    """Lay out one line per model and language."""
    rows = [
        [
            _names(facts)[fact.name],
            item.language,
            f"{item.words:,}",
            f"{item.unknown:.2%}",
            f"{item.split:.1%}",
            f"{item.pieces:.2f}",
        ]
        for fact in facts
        if fact.coverage is not None
        for item in fact.coverage.languages
    ]
    return Table(names=["model", "language", "words", "unknown", "split up", "pieces per word"], rows=rows)


def window_table(facts: Sequence[Facts]) -> Table:
    """Lay out one line per model: how much it reads, and how much of the passages lies beyond."""
    rows = [
        [
            _names(facts)[fact.name],
            f"{fact.card.max_tokens:,}",
            *(
                ("–", "–", "–")
                if fact.coverage is None
                else (f"{fact.coverage.longest:,}", f"{fact.coverage.cut:.1%}", f"{fact.coverage.lost:.1%}")
            ),
        ]
        for fact in facts
    ]
    return Table(names=["model", "max tokens", "longest passage", "passages cut off", "tokens lost"], rows=rows)


def _coverage_pictures(facts: Sequence[Facts]) -> Iterator[Picture]:
    known = [(place, fact.name, fact.coverage.languages) for place, fact in enumerate(facts) if fact.coverage]
    for rate, told in RATES:
        drawn = [
            PlotBar(label=f"{item.language}: {name}", value=_exactly(rate(item)), colour=place)
            for place, name, languages in known
            for item in languages
        ]
        if any(bar.value.mean for bar in drawn):
            drawn.sort(key=lambda bar: bar.label.partition(":")[0] != ALL)
            yield Picture(svg=bars(drawn), caption=f"Share of the words {told}, by language and model(lower is better)")


def _window_picture(facts: Sequence[Facts]) -> Iterator[Picture]:
    series = {
        fact.name: [PlotPoint(x=step / STEPS, y=share) for step, share in enumerate(fact.coverage.fit)]
        for fact in facts
        if fact.coverage
    }
    if series:
        svg = curves(series, x="share of the model's window", y="share of the passages")
        yield Picture(
            svg=svg,
            caption="Share of passages that fit into this much of the window (right edge: read to the end)",
        )


def _exactly(rate: float) -> Interval:
    """Compute a rate of everything that was counted; there is nothing to draw again."""
    return Interval(mean=rate, low=rate, high=rate)


def _shown(summary: RetrievalSummary) -> str:
    return shown_leg([item.system for item in summary.systems])


def _marks(summary: RetrievalSummary, facts: Sequence[Facts], choice: ModelChoice) -> list[Mark]:
    systems = {item.system: item for item in summary.systems}
    shown = _shown(summary)
    return [
        Mark(
            name=fact.name,
            cost=fact.speed.passage_cost,
            quality=systems[f"{fact.name}:{shown}"].means[summary.measures[0]],
            size=fact.vectors,
            chosen=fact.name == choice.name,
        )
        for fact in facts
    ]


def _caption(summary: RetrievalSummary) -> str:
    return (
        f"{summary.measures[0]} of the {_shown(summary)} order with 95 % intervals, against time a passage as a "
        "multiple of the live model's; larger marks need more storage, the ring is the sensible choice."
    )


def _difference(item: SystemScore) -> str:
    return "" if item.difference is None else f"{item.difference} p {item.p:.4f}"


def _names(facts: Sequence[Facts]) -> dict[str, str]:
    """Name models; the first is the live one."""
    return {fact.name: f"{fact.name} (live)" if place == 0 else fact.name for place, fact in enumerate(facts)}


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"


def _weights(weights: FusionWeights) -> str:
    legs = [f"{LEGS[name].label.casefold()} {weight:g}" for name, weight in weights.legs.items() if name in LEGS]
    return ", ".join((*legs, f"power {weights.power:g}"))
