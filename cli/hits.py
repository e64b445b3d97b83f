"""How a search is printed; `retriever/searching/to_json.py` writes it as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from cli.tables import visible
from hone.records import Channel, Hit, SearchResult
from service.confirmed import confirmed_in_words
from service.snippets import snippet

if TYPE_CHECKING:  # a third of a second
    from retriever.searching.explain import Explanation

WIDTH = 110  # columns that are pleasant to read


def print_result(result: SearchResult, *, why: bool = False, hits: int | None = None) -> None:
    """Print a page of hits."""
    console = Console(highlight=False, markup=False)
    for notice in result.notices:
        console.print(notice, style="yellow")
    if not result.hits:
        console.print("No results. Try other words, fewer filters, or --as PERSON.")
    for hit in result.hits[:hits]:
        _print_hit(console, hit, result.query, why)
    who = f" for {result.asker.name}" if result.asker.name else ""
    made_by = f"{result.model} · {result.generation} · search {result.search_id}"
    console.print(f"{len(result.hits)} results{who} in {result.took_ms['total']:.0f} ms · {made_by}", style="dim")


def _print_hit(console: Console, hit: Hit, query: str, why: bool) -> None:
    title = visible(" › ".join([part for part in (hit.title, *hit.place) if part]) or hit.document)
    line = Text(f"{hit.rank:>2}. ", style="dim")
    line.append(title, style="bold")
    console.print(line)
    page = f" · page {hit.page}" if hit.page else ""
    console.print(f"    {hit.document}{page} · {hit.modified:%Y-%m-%d}", style="cyan")
    console.print(Padding(_snippet(hit, query), (0, 0, 0, 4), expand=False), width=max(44, min(console.width, WIDTH)))
    if hit.also_in:
        console.print(f"    also in: {', '.join(hit.also_in)}", style="dim")
    if hit.confirmed:
        console.print(f"    {confirmed_in_words(hit.confirmed)}", style="dim")
    if why:
        stages = ", ".join(f"{stage} {_place(channel)}" for stage, channel in hit.channels.items())
        console.print(f"    why: {stages}", style="magenta")
    console.print()


def _place(channel: Channel) -> str:
    return f"#{channel.rank} ({channel.score:.3f})"


def _snippet(hit: Hit, query: str) -> Text:
    pieces = snippet(hit.text, query)
    return Text.assemble(*((visible(str(piece["text"])), "underline" if "mark" in piece else "") for piece in pieces))


def print_explanation(explanation: Explanation) -> None:
    """Print why an expected document is or isn't in the results."""
    console = Console(highlight=False, markup=False)
    console.print(f"{visible(explanation.document)}: {explanation.outcome}", style="bold")
    console.print(explanation.message)
    for stage, channel in explanation.channels.items():
        console.print(f"  {stage:<8} {_place(channel)}")
