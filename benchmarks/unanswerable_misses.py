"""How many misses nothing can mend: the right document holds none of the words that the question turns on.

"Is GRACILE syndrome inherited?" is answered in medquad by a document that says "This condition is inherited in an
autosomal recessive pattern", as do hundreds of others. A word is what a question turns on where at most one document
of a hundred holds it.

    python -m benchmarks.unanswerable_misses medquad --home /tmp/loop
"""

import re
from collections import Counter
from collections.abc import Iterable

from benchmarks.loop.homes import open_home, prepare
from benchmarks.loop.known import read_known
from benchmarks.loop.measuring import measure
from benchmarks.loop.telling import Telling
from benchmarks.record import data_folder, keep, of_one_set
from eval.records import EvalQuestion
from retriever.library.library import Library

RARE = 0.01  # of all documents


def main() -> None:
    """Count them among the held-out questions that the packaged model misses."""
    options = of_one_set(__doc__)
    data = data_folder(options.data).resolve()
    workspace = open_home(prepare(options.home, data, options.set, Telling()))
    try:
        asked = read_known(data / options.set).held_out
        live = workspace.registry.live()
        assert live is not None
        missed = measure(workspace, live, asked).misses
        words = {
            document.id: frozenset(_words(Library(workspace.database).text(document.id)))
            for document in Library(workspace.database).documents()
        }
    finally:
        workspace.close()
    held = Counter(word for found in words.values() for word in found)
    rare = {word for word, count in held.items() if count <= RARE * len(words)}
    bare = [_is_bare(question, words, rare, held) for question in asked]
    among = [lost for lost, miss in zip(bare, missed, strict=True) if miss]
    figures = {
        "held-out questions": len(asked),
        "whose right documents hold no word that they turn on": sum(bare),
        "missed among the first twenty by the packaged model": len(among),
        "of these, whose right documents hold no such word": sum(among),
        "share of the misses": round(sum(among) / max(1, len(among)), 3),
    }
    keep(f"unnamed-{options.set}", figures, options.results)


def _is_bare(question: EvalQuestion, words: dict[str, frozenset[str]], rare: set[str], held: Counter[str]) -> bool:
    """Check whether a question turns on some words, and no right document holds any of them."""
    turns_on = {word for word in _words(question.text) if word in rare or word not in held}
    right = [words[name] for name, grade in question.gold.items() if grade > 0 and name in words]
    return bool(turns_on) and bool(right) and not any(turns_on & found for found in right)


def _words(text: str) -> Iterable[str]:
    return re.findall(r"\w+", text.casefold())


if __name__ == "__main__":
    main()
