"""How an ask is printed: steps while it runs, then the answer with its sources."""

from rich.console import Console
from rich.text import Text

from agents.events import Degraded, Event, Judged, PassagesFound, Planned, Searching
from agents.heuristics.reading import beginning
from agents.records import NOT_KEPT, Answer, Citation
from cli.tables import visible, visible_lines

STYLES = {"sufficient": "", "best_match": "", "partial": "yellow", "conflicting": "yellow", "insufficient": "yellow"}

SNIPPET = 160  # characters shown of a document that is only close


def print_step(event: Event) -> None:
    """Print one step on standard error."""
    line = _line(event)
    if line:
        Console(stderr=True, highlight=False, markup=False).print(visible(line), style="dim")


def _line(event: Event) -> str:
    match event:
        case Planned(plan=plan):
            return f"understood as: {plan.standalone}" if len(plan.questions) > 1 else ""
        case Searching(text=text, reason=reason):
            return f"searching ({reason}): {text}"
        case PassagesFound(documents=documents):
            return f"  found: {'; '.join(documents[:3])}"
        case Judged(sufficiency=sufficiency):
            return f"evidence: {sufficiency.verdict} ({sufficiency.probability:.0%})"
        case Degraded(degradation=lost):
            return f"{lost.stage} failed ({lost.what}): {lost.instead}"
        case _:
            return ""


def print_answer(answer: Answer) -> None:
    """Print an answer with its sources and notes."""
    console = Console(highlight=False, markup=False)
    if answer.verdict in ("partial", "conflicting"):
        console.print(f"({answer.verdict})", style="yellow")
    text = Text(visible_lines(answer.text), style=STYLES.get(answer.verdict, ""))
    text.highlight_words([visible_lines(claim.marked) for claim in answer.claims if claim.marked], "bold")
    console.print(text)
    if answer.citations:
        console.print()
    for number in dict.fromkeys(citation.number for citation in answer.citations):
        _print_source(console, [item for item in answer.citations if item.number == number])
    if answer.closest:
        console.print("\nAlso close:" if answer.citations else "\nClosest documents:", style="dim")
        for hit in answer.closest:
            console.print(f"  {visible(hit.title or hit.document)} · {visible(hit.document)}", style="cyan")
            console.print(f"    {visible(beginning(hit.text, SNIPPET))}", style="dim")
    for lost in answer.degraded:
        console.print(
            f"note: {visible(lost.stage)} failed ({visible(lost.what)}); {visible(lost.instead)}", style="yellow"
        )
    kept = "" if any(lost.stage == NOT_KEPT for lost in answer.degraded) else f" · conversation {answer.thread}"
    console.print(f"{answer.verdict} · {answer.took_ms['total']:.0f} ms{kept}", style="dim")


def _print_source(console: Console, citations: list[Citation]) -> None:
    first = citations[0]
    page = f", page {first.page}" if first.page else ""
    where = visible(first.url or f"{first.document}{page}")
    console.print(f"[{first.number}] {visible(first.title)} · {where} · {first.modified:%Y-%m-%d}", style="cyan")
    for citation in citations:
        quote = " ".join(visible(citation.quote).split())
        console.print(f"    “{quote if len(quote) <= 200 else quote[:199] + '…'}”", style="dim")
