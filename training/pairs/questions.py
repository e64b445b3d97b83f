"""Questions made comparable: normalised, and as sets of content words."""

import unicodedata
from functools import lru_cache

from retriever.ranking.words import analyse_query


@lru_cache(maxsize=1 << 17)
def key_of(question: str) -> str:
    """Give what two spellings of one question have in common: width, case and spacing aside, the same words."""
    return " ".join(unicodedata.normalize("NFKC", question).casefold().split()).strip(" ?!.")


@lru_cache(maxsize=1 << 17)
def words_of(question: str) -> frozenset[str]:
    """Give a question's content words as the lexical leg reads them."""
    return frozenset(analyse_query(question).split())


def overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """Give the share of both sets' words that both have; two empty sets share nothing."""
    return len(one & other) / max(1, len(one | other))
