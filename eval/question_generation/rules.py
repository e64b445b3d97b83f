"""Every way to a question without an LLM."""

from collections.abc import Callable, Iterator

from agents.heuristics.sentences import CODE_KINDS
from eval.question_generation.candidates import Candidate
from eval.question_generation.definitions import from_definitions
from eval.question_generation.headings import from_headings
from eval.question_generation.pairs import from_pairs
from eval.question_generation.tables import from_tables
from retriever.library.rows import Placed

VERSION = "rules-1"  # raise it with any change to what the rules make

MAKERS: tuple[Callable[..., Iterator[Candidate]], ...] = (from_pairs, from_headings, from_definitions, from_tables)


def made_by_rules(item: Placed, *, opens: bool) -> list[Candidate]:
    """Give what the rules would ask of a passage; `opens` tells that it is the first below its heading."""
    if item.document.kind in CODE_KINDS:
        return []
    return [made for maker in MAKERS for made in maker(item, opens=opens)]
