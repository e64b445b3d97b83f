"""The report of a run of answers: the figures with their coverage, how sure they are, the answers behind them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from eval.answers.runs.scoring import AnsweredQuestion
from eval.answers.runs.summary import AnswersSummary, MeasureSummary, value_of
from eval.reports.blocks import Block, Fold, Heading, Paragraph, Picture, Report, Table, named, reproducing
from eval.reports.plots import PlotBar, PlotPoint, bars, curves, histogram

WORST = 25  # answers shown whole
NAMED = 10  # ids in one line of what was left out
REASONS = 4  # told of each measure
LONGEST = 1200  # characters of an answer that is shown


def answers_report(settings: Mapping[str, Any], summary: AnswersSummary, lines: Sequence[AnsweredQuestion]) -> Report:
    """Lay a run out as a report."""
    blocks = [
        *_lead(settings, summary),
        *caveats(settings, summary),
        *_measures(summary, lines),
        *_certainty(summary),
        *_latency(summary),
        *_slices(summary),
        *_worst(summary, lines),
        *reproducing(settings),
    ]
    return Report(title=f"Answers on {settings['questions']['name']}", blocks=blocks)


def _lead(settings: Mapping[str, Any], summary: AnswersSummary) -> Iterator[Block]:
    by = settings["assistant"]["llm"] or "no LLM" if settings.get("assistant") else "the data set's authors"
    told = ", ".join(f"{item.name} {item.mean}" for item in summary.leads)
    yield Paragraph(
        text=f"{summary.questions:,} answers by {by}, {summary.abstained:,} of them abstentions. {told}. Brackets hold "
        "95 % intervals. Means cover scored answers only; abstentions are counted separately."
    )


def caveats(settings: Mapping[str, Any], summary: AnswersSummary) -> Iterator[Paragraph]:
    """List everything to know before believing a figure."""
    if not settings["questions"]["people_wrote"]:
        yield Paragraph(text="These questions were generated, not asked by people.", warning=True)
    if settings["questions"]["count"] < settings["questions"]["of"]:
        count, of = settings["questions"]["count"], settings["questions"]["of"]
        yield Paragraph(text=f"A sample of {count:,} of {of:,} questions, the same every time.")
    if settings.get("assistant") and not settings["assistant"]["llm"]:
        text = "Without an LLM, answers are quotes, so groundedness, unchallenged and citation-support are always high."
        yield Paragraph(text=text)
    if summary.failed:
        reasons = "; ".join(sorted(set(summary.failed.values())))
        text = (
            f"{len(summary.failed):,} questions got no answer and have no score: {named(list(summary.failed), NAMED)}. "
        )
        yield Paragraph(text=text + reasons, warning=True)
    for what, count in summary.degraded.items():
        yield Paragraph(text=f"{count:,} answers had to do without something that failed: {what}.", warning=True)
    if summary.lacking:
        text = f"{len(summary.lacking):,} questions name gold that isn't in the library, so it counts as not found: "
        yield Paragraph(text=text + f"{named(summary.lacking, NAMED)}.", warning=True)
    if summary.strange_ids:
        text = "No retrieved passage is ever gold. Do both columns use the same kind of id?"
        yield Paragraph(text=text, warning=True)
    if useless := [f"{item.name} {item.same:.2f}" for item in summary.measures if item.same is not None]:
        text = f"The judge gave every answer the same score, so these say nothing; take another: {', '.join(useless)}."
        yield Paragraph(text=text, warning=True)
    failing = [f"{item.name} {item.failed:,}" for item in summary.measures if item.failed > len(summary.failed)]
    if failing:
        text = f"Measures that failed on some answers (left out of their means): {', '.join(failing)}."
        yield Paragraph(text=text, warning=True)


def measures_table(summary: AnswersSummary) -> Table:
    """Lay out one line per measure: the mean, what it is over, and what it leaves out."""
    repeated = any(item.spread is not None for item in summary.measures)
    names = ["measure", "mean", "scored", "not applicable", "failed", "of abstentions", "abstentions scored"]
    rows = [[*_measure_row(item), *([_spread(item)] if repeated else [])] for item in summary.measures]
    return Table(names=[*names, *(["between repeats"] if repeated else [])], rows=rows)


def latency_table(summary: AnswersSummary) -> Table:
    """Lay out one line per stage."""
    rows = [[item.stage, f"{item.answers:,}", f"{item.p50:,.0f}", f"{item.p95:,.0f}"] for item in summary.latency]
    return Table(names=["stage", "answers", "p50 ms", "p95 ms"], rows=rows)


def certainty_table(summary: AnswersSummary) -> Table:
    """Lay out one line for each thing that the probability should predict."""
    rows = list[list[str]]()
    for item in summary.discrimination:
        known = f"{item.right:,} of {item.questions:,}"
        rows.append([item.about, known, str(item.auroc), str(item.aurc), f"{item.perfect:.3f} … {item.random:.3f}"])
    return Table(names=["counted as right", "right", "AUROC", "AURC", "AURC of a perfect … random order"], rows=rows)


def cost_line(summary: AnswersSummary) -> str:
    """Say what the answers and their grades cost."""
    parts = [f"answers: {summary.llm_calls:,} LLM calls, {summary.tokens:,} tokens"]
    if summary.judge_calls:
        parts.append(f"judge: {summary.judge_calls:,} calls, {summary.judge_tokens:,} tokens")
    if summary.from_cache:
        parts.append(f"{summary.from_cache:,} answers reused from the cache")
    return "; ".join(parts)


def _measure_row(item: MeasureSummary) -> list[str]:
    counts = [f"{item.scored:,}", f"{item.not_applicable:,}", f"{item.failed:,}"]
    return [item.name, str(item.mean), *counts, str(item.abstentions), f"{item.abstained:,}" if item.abstained else "–"]


def _spread(item: MeasureSummary) -> str:
    if item.spread is None:
        return "–"
    return f"±{item.spread:.3f} an answer; means {', '.join(f'{mean:.3f}' for mean in item.by_repeat)}"


def _measures(summary: AnswersSummary, lines: Sequence[AnsweredQuestion]) -> Iterator[Block]:
    scored = [item for item in summary.measures if item.scored]
    yield Heading(text="Measures")
    yield measures_table(summary)
    yield Picture(
        svg=bars([PlotBar(label=item.name, value=item.mean) for item in scored]), caption="Means, 95 % intervals"
    )
    reasons = [
        [item.name, f"{count:,}", why] for item in summary.measures for why, count in list(item.why.items())[:REASONS]
    ]
    if reasons:
        yield Fold(
            title="Why some answers have no score", blocks=[Table(names=["measure", "answers", "why"], rows=reasons)]
        )
    leads = {item.name: item for item in summary.leads}
    series = {name: list(_values(lines, summary.system, name)) for name in leads}
    yield Picture(
        svg=histogram(series), caption="Distribution of scores (a mean of .5 can be half ones and half zeros)"
    )
    yield Paragraph(text=f"Cost: {cost_line(summary)}.")


def _values(lines: Sequence[AnsweredQuestion], system: str, name: str) -> Iterator[float]:
    for line in lines:
        value = value_of(line, system, name)
        if value is not None and not line.abstained:
            yield value


def _certainty(summary: AnswersSummary) -> Iterator[Block]:
    if summary.verdicts:
        yield Heading(text="How the assistant judged its passages")
        yield Table(names=["verdict", "answers"], rows=[[name, f"{n:,}"] for name, n in summary.verdicts.items()])
    if not summary.discrimination:
        return
    yield Heading(text="Is it right more often when it's confident?")
    yield certainty_table(summary)
    series = {
        item.about: [PlotPoint(x=point.coverage, y=point.risk) for point in item.points]
        for item in summary.discrimination
    }
    caption = (
        "Risk by coverage: the share of wrong answers among the most confident questions, by calibrated probability"
    )
    yield Picture(svg=curves(series, x="coverage", y="risk"), caption=caption)


def _latency(summary: AnswersSummary) -> Iterator[Block]:
    if summary.latency:
        yield Heading(text="Time")
        yield latency_table(summary)
        yield Paragraph(text="Measured with several questions at once, so one question alone is faster.")


def _slices(summary: AnswersSummary) -> Iterator[Block]:
    if not summary.slices:
        return
    names = list(summary.slices[0].means)
    rows = [
        [
            item.name,
            item.value,
            f"{item.questions:,}",
            f"{item.abstained:.0%}",
            *(str(item.means[name]) for name in names),
        ]
        for item in summary.slices
    ]
    yield Heading(text="Slices")
    if names:
        shown = [
            PlotBar(label=f"{item.name}: {item.value} ({item.questions:,})", value=item.means[names[0]])
            for item in summary.slices
        ]
        yield Picture(svg=bars(shown), caption=f"{names[0]} by slice, with how many questions each has")
    yield Table(names=["slice", "value", "questions", "abstain", *names], rows=rows)


def _worst(summary: AnswersSummary, lines: Sequence[AnsweredQuestion]) -> Iterator[Block]:
    if not summary.leads:
        return
    lead = summary.leads[0].name
    scored = [
        (value, line)
        for line in lines
        if not line.abstained and (value := value_of(line, summary.system, lead)) is not None
    ]
    yield Heading(text=f"The worst answers by {lead}")
    for value, line in sorted(scored, key=lambda item: (item[0], item[1].id))[:WORST]:
        yield Fold(title=f"{value:.2f} · {line.text} ({line.id})", blocks=list(_shown(line, summary.system)))
    silent = [line for line in lines if line.abstained and line.answerable]
    if silent:
        yield Heading(text=f"Abstained although there is an answer: {len(silent):,}")
    for line in silent[:WORST]:
        yield Fold(title=f"{line.text} ({line.id})", blocks=list(_shown(line, summary.system)))


def _shown(line: AnsweredQuestion, system: str) -> Iterator[Block]:
    told = [["answer", line.response[:LONGEST]], ["reference", line.reference[:LONGEST] or "–"]]
    if line.verdict:
        sure = "–" if line.probability is None else f"{line.probability:.2f}"
        told.append(["verdict", f"{line.verdict}, probability {sure}"])
    yield Table(names=["", ""], rows=told, figures=False)
    scores = [[name, "–" if value is None else f"{value:.3f}"] for name, value in line.scores.get(system, {}).items()]
    yield Table(names=["measure", "score"], rows=scores)
    if line.contexts or line.gold:
        found = [[_title(line, name), "gold" if name in line.gold else ""] for name in line.contexts]
        missed = [[_title(line, name), "gold, not retrieved"] for name in line.gold if name not in line.contexts]
        yield Table(names=["retrieved", ""], rows=[*found, *missed], figures=False)


def _title(line: AnsweredQuestion, name: str) -> str:
    title = line.titles.get(name, "")
    return f"{name} · {title}" if title else name
