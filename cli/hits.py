"""How a search is printed; `retriever/searching/to_json.py` writes it as JSON."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from cli.tables import visible
from hone.records import Channel, Hit, SearchResult
from retriever.ranking.words import analyse, analyse_query

if TYPE_CHECKING:  # a third of a second
    from retriever.searching.explain import Explanation

SNIPPET = 280  # characters of a passage shown


def print_result(result: SearchResult, *, why: bool = False, hits: int | None = None) -> None:
    """Print a page of hits."""
    console = Console(highlight=False, markup=False)
    for notice in result.notices:
        console.print(notice, style="yellow")
    if not result.hits:
        console.print("No results. Try other words, fewer filters, or --as PERSON.")
    wanted = set(analyse_query(result.query).split())
    for hit in result.hits[:hits]:
        _print_hit(console, hit, wanted, why)
    who = f" for {result.asker.name}" if result.asker.name else ""
    made_by = f"{result.model} · {result.generation} · search {result.search_id}"
    console.print(f"{len(result.hits)} results{who} in {result.took_ms['total']:.0f} ms · {made_by}", style="dim")


def _print_hit(console: Console, hit: Hit, wanted: set[str], why: bool) -> None:
    title = visible(" › ".join([part for part in (hit.title, *hit.place) if part]) or hit.document)
    line = Text(f"{hit.rank:>2}. ", style="dim")
    line.append(title, style="bold")
    console.print(line)
    page = f" · page {hit.page}" if hit.page else ""
    console.print(f"    {hit.document}{page} · {hit.modified:%Y-%m-%d}", style="cyan")
    for row in textwrap.wrap(_snippet(hit.text, wanted), width=max(40, min(console.width, 110) - 4)):
        console.print(_highlighted("    " + row, wanted))
    if hit.also_in:
        console.print(f"    also in: {', '.join(hit.also_in)}", style="dim")
    if why:
        stages = ", ".join(f"{stage} {_place(channel)}" for stage, channel in hit.channels.items())
        console.print(f"    why: {stages}", style="magenta")
    console.print()


def _place(channel: Channel) -> str:
    return f"#{channel.rank} ({channel.score:.3f})"


def _snippet(text: str, wanted: set[str]) -> str:
    """Cut the stretch with most of the question's words out of a long passage."""
    words = visible(text).split()
    if len(text) <= SNIPPET:
        return " ".join(words)
    hits = [bool(wanted.intersection(analyse(word).split())) for word in words]
    width = max(1, SNIPPET * len(words) // len(text))
    start = max(range(max(1, len(words) - width)), key=lambda first: (sum(hits[first : first + width]), -first))
    shown = " ".join(words[start : start + width])
    return ("… " if start else "") + shown + (" …" if start + width < len(words) else "")


def _highlighted(row: str, wanted: set[str]) -> Text:
    text = Text()
    for word in row.split(" "):
        text.append(word, style="underline" if wanted.intersection(analyse(word).split()) else "")
        text.append(" ")
    return text


def print_explanation(explanation: Explanation) -> None:
    """Print why an expected document is or isn't in the results."""
    console = Console(highlight=False, markup=False)
    console.print(f"{visible(explanation.document)}: {explanation.outcome}", style="bold")
    console.print(explanation.message)
    for stage, channel in explanation.channels.items():
        console.print(f"  {stage:<8} {_place(channel)}")
