"""The report of a run of retrieval: the figures, how sure they are, what they left out, the questions behind them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from eval.measures import parse_measure
from eval.reports.blocks import Block, Fold, Heading, Paragraph, Picture, Report, Table, named, reproducing
from eval.reports.plots import PlotBar, bars, histogram
from eval.runs import RetrievedQuestion
from eval.summary import RetrievalSummary, Slice
from retriever.searching.searcher import DEPTH

WORST = 25  # questions shown with what was found instead
NAMED = 20  # ids in one line of what was left out


def retrieval_report(
    settings: Mapping[str, Any], summary: RetrievalSummary, lines: Sequence[RetrievedQuestion]
) -> Report:
    """Lay a run out as a report."""
    questions = settings["questions"]
    blocks = [
        *_lead(settings, summary),
        *caveats(settings, summary),
        *_means(summary),
        *_spread(summary, lines),
        *_slices(summary),
        *_worst(summary, lines),
        *reproducing(settings),
    ]
    return Report(title=f"Retrieval on {questions['name']}", blocks=blocks)


def _lead(settings: Mapping[str, Any], summary: RetrievalSummary) -> Iterator[Block]:
    live = settings["generations"][0]
    first, measure = summary.systems[0], summary.measures[0]
    yield Paragraph(
        text=f"{first.system}: {measure} {first.means[measure]} over {summary.scored:,} questions, "
        f"with {live['model']} in generation {live['id']}. Brackets hold 95 % intervals."
    )


def caveats(settings: Mapping[str, Any], summary: RetrievalSummary) -> Iterator[Paragraph]:
    """List everything to know before believing a figure."""
    if not settings["questions"]["people_wrote"]:
        yield Paragraph(text="These questions were generated, not asked by people.", warning=True)
    if summary.without_gold:
        yield Paragraph(
            text=f"{len(summary.without_gold):,} questions have no known document and aren't scored: "
            f"{named(summary.without_gold, NAMED)}."
        )
    for found, told in (
        (summary.lacking, "name documents that aren't in the library"),
        (summary.forbidden, "need documents that their asker can't access"),
    ):
        if found:
            text = f"{len(found):,} questions {told}; they count as not found: {named(list(found), NAMED)}."
            yield Paragraph(text=text, warning=True)
    if summary.followups:
        yield Paragraph(
            text=f"{summary.followups:,} questions refer to earlier messages. The search only gets their own words; "
            "the assistant rewrites them first, which `hone evaluate answers` measures."
        )
    if deep := [name for name in summary.measures if (parse_measure(name).cutoff or 0) > DEPTH]:
        yield Paragraph(
            text=f"{', '.join(deep)} looks deeper than the {DEPTH} passages a search takes from each leg. More were "
            "taken here, which can change the whole fused order; leave it out to score what people get.",
            warning=True,
        )
    if built := settings.get("built_for_it"):
        models = ", ".join(f"{item['model']} ({item['id']})" for item in settings["generations"] if item["id"] in built)
        yield Paragraph(text=f"Indexes built for this run and deleted after it: {models}.")
    if taught := settings.get("taught"):
        text = f"Seen in training: {taught['model']} was trained on {taught['documents']:,} documents."
        yield Paragraph(
            text=f"{text} {taught['untraced']:,} of {taught['pieces']:,} examples can't be traced to a document "
            'any more (pairs from files, forgotten people), so a "no" may be wrong.'
            if taught["untraced"]
            else text
        )
    if any(summary.unanswered.values()):
        empty = ", ".join(f"{name} {count:,}" for name, count in summary.unanswered.items() if count)
        yield Paragraph(text=f"Questions with no results, scored zero: {empty}.")


def means_table(summary: RetrievalSummary) -> Table:
    """Lay out one line per measure, one column a system."""
    return Table(
        names=["", *(item.system for item in summary.systems)],
        rows=[[name, *(str(item.means[name]) for item in summary.systems)] for name in summary.measures],
    )


def slices_table(summary: RetrievalSummary, most: int | None = None) -> Table:
    """Lay out one line per slice, in the first measure; with `most`, only where the first system is weakest."""
    names = [item.system for item in summary.systems]
    chosen = sorted(summary.slices, key=lambda item: item.means[names[0]].mean)[:most] if most else summary.slices
    return Table(names=["slice", "value", "questions", *names], rows=[_slice_row(item, names) for item in chosen])


def _means(summary: RetrievalSummary) -> Iterator[Block]:
    first, measure = summary.systems[0], summary.measures[0]
    yield Heading(text="Means")
    yield means_table(summary)
    shown = [
        PlotBar(label=item.system, value=item.means[measure], colour=place)
        for place, item in enumerate(summary.systems)
    ]
    yield Picture(svg=bars(shown), caption=f"{measure} with 95 % intervals")
    others = [item for item in summary.systems if item.difference is not None]
    if others:
        yield Table(
            names=[f"{measure} against {first.system}", "difference", "p (paired permutation, Holm)"],
            rows=[[item.system, str(item.difference), f"{item.p:.4f}"] for item in others],
        )


def _spread(summary: RetrievalSummary, lines: Sequence[RetrievedQuestion]) -> Iterator[Block]:
    measure = summary.measures[0]
    series = {
        item.system: [line.scores[item.system][measure] or 0.0 for line in lines if line.scores]
        for item in summary.systems
    }
    yield Heading(text="Distribution of scores")
    yield Picture(svg=histogram(series), caption=f"{measure} by question: a mean of .5 can be half ones and half zeros")


def _slices(summary: RetrievalSummary) -> Iterator[Block]:
    if not summary.slices:
        return
    first, measure = summary.systems[0].system, summary.measures[0]
    yield Heading(text="Slices")
    bar = [
        PlotBar(label=f"{item.name}: {item.value} ({item.questions:,})", value=item.means[first])
        for item in summary.slices
    ]
    yield Picture(svg=bars(bar), caption=f"{measure} of {first} by slice, with how many questions each has")
    yield slices_table(summary)


def _slice_row(item: Slice, systems: Sequence[str]) -> list[str]:
    return [item.name, item.value, f"{item.questions:,}", *(str(item.means[name]) for name in systems)]


def _worst(summary: RetrievalSummary, lines: Sequence[RetrievedQuestion]) -> Iterator[Block]:
    first, measure = summary.systems[0].system, summary.measures[0]
    scored = [line for line in lines if line.scores]
    worst = sorted(scored, key=lambda line: (line.scores[first][measure] or 0.0, line.id))[:WORST]
    yield Heading(text=f"The worst questions of {first}")
    for line in worst:
        yield Fold(title=f"{line.scores[first][measure]:.2f} · {line.text} ({line.id})", blocks=[_found(line, first)])


def _found(line: RetrievedQuestion, first: str) -> Block:
    systems = list(line.top)
    ranks = {name: {document: rank for rank, document in enumerate(line.top[name], 1)} for name in systems}
    wanted = [name for name, grade in line.gold.items() if grade > 0]
    rest = [name for name in line.top.get(first, []) if line.gold.get(name, 0) <= 0]

    def row(name: str, kind: str) -> list[str]:
        title = f"{name} · {line.titles[name]}" if line.titles.get(name, name) != name else name
        return [title, kind, *(str(ranks[system].get(name, "–")) for system in systems)]

    marked = dict.fromkeys(line.lacking, "gold, not in the library")
    marked |= dict.fromkeys(line.forbidden, "gold, asker can't access it")
    rows = [row(name, marked.get(name, f"gold {line.gold[name]:g}")) for name in wanted]
    return Table(names=["", "", *systems], rows=[*rows, *(row(name, "") for name in rest[:5])], figures=False)
