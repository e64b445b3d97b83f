"""A blind comparison told: as data for programs and pages, to a person, and as a report."""

from collections.abc import Iterator, Mapping
from typing import Any

from eval.rating.comparing import PreferenceComparison, Winner
from eval.rating.pages import ChosenPages
from eval.reports.blocks import Block, Heading, Paragraph, Picture, Report, Table, reproducing
from eval.reports.plots import PlotBar, bars
from eval.runs import Plain

LOST = 25  # questions named in the report


def plain_comparison(found: PreferenceComparison, chosen: ChosenPages, against: str) -> Plain:
    """Convert a comparison to plain data."""
    return {
        "headline": f"{against} against live: gain {found.gain}",
        "against": against,
        "judge": {"kind": found.judge.kind, "model": found.judge.model, "version": found.judge.version},
        "questions": len(found.verdicts),
        "of": chosen.of,
        "left_out": chosen.left_out,
        "wins": found.count("b"),
        "losses": found.count("a"),
        "ties": found.count("tie"),
        "same_lists": found.same,
        "without_answer": found.count(None),
        "gain": found.gain,
        "flip_rate": found.flip_rate,
        "orders": {"asked_now": found.asked, "from_before": found.cached},
    }


def comparison_lines(found: PreferenceComparison, chosen: ChosenPages, against: str) -> list[str]:
    """Describe a comparison to a person."""
    lines = [
        f"{against} against the live search on {len(found.verdicts):,} questions, blind, in both orders:",
        f"  better {found.count('b'):,}, worse {found.count('a'):,}, ties {found.count('tie'):,} "
        f"({found.same:,} showed the same), not judged {found.count(None):,}",
        f"  gain: {found.gain} (share better less share worse)",
        f"  judge: {found.judge}; {found.asked:,} orders judged now, {found.cached:,} reused",
    ]
    if chosen.left_out:
        lines.append(f"  of the questions, {chosen}")
    if found.judge.kind == "signals":
        lines.append("  it uses signals of the live search, so it may favor the live search over a rival")
    elif found.same < len(found.verdicts):
        lines.append(f"  the order of the lists decided {found.flip_rate:.1%} of the judge's verdicts")
    reasons = sorted({verdict.why for verdict in found.verdicts if verdict.why})
    return [*lines, *(f"  not judged: {why}" for why in reasons)]


def blind_report(settings: Mapping[str, Any], found: PreferenceComparison, chosen: ChosenPages, against: str) -> Report:
    """Lay a comparison out as a report."""
    told = [Paragraph(text=line.strip()) for line in comparison_lines(found, chosen, against)]
    rival = ", ".join(dict.fromkeys(map(str, settings["against"].values())))
    more = [("against", rival), ("judge", str(settings["judge"]))]
    blocks = [*told, *_shares(found, against), *_lost(found, chosen), *reproducing(settings, more)]
    return Report(title=f"{against} against the live search", blocks=blocks)


def _shares(found: PreferenceComparison, against: str) -> Iterator[Block]:
    names: Mapping[Winner, str] = {"b": f"{against} is better", "a": "live is better", "tie": "tie"}
    shown = [
        PlotBar(label=name, value=found.share(winner), colour=place)
        for place, (winner, name) in enumerate(names.items())
    ]
    yield Heading(text="Which is better")
    yield Picture(svg=bars(shown), caption="shares of judged questions, with 95 % intervals")


def _lost(found: PreferenceComparison, chosen: ChosenPages) -> Iterator[Block]:
    lost = [verdict for verdict in found.verdicts if verdict.winner == "a"]
    if lost:
        yield Heading(text="Where live is better")
        rows = [[verdict.id, verdict.query if chosen.told else ""] for verdict in lost[:LOST]]
        yield Table(names=["question" if chosen.told else "search", ""], rows=rows, figures=False)
