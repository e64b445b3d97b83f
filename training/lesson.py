"""What there is to learn, in numbers: texts once each, examples that point at them, and questions to measure on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from retriever.encoding.encoder import Encoder, Vectors
from training.dev import DevSet
from training.passages import Passages
from training.questions import key_of
from training.records import Judgment, Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One question with what answers it and what does not, as rows of the lesson's texts."""

    question: int
    positive: int
    negatives: tuple[int, ...] = ()
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Texts of one side, each once, with the vectors that the live model gives them."""

    texts: tuple[str, ...]
    vectors: Vectors


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """Everything a tier learns from; no tier sees a question that is held out."""

    questions: Texts
    passages: Texts
    examples: tuple[Example, ...]
    kin: Mapping[int, frozenset[int]]  # by question: passages that may be right for it, so never negatives
    general: Texts  # passages that nobody has asked about, to stay close to the live model on
    dev: DevSet
    seed: int = 7


@dataclass(slots=True, kw_only=True)
class Table:
    """Gives rows to texts as they come, each text one."""

    rows: dict[str, int] = field(default_factory=dict[str, int])

    def row(self, text: str) -> int:
        """Give a text's row."""
        return self.rows.setdefault(text, len(self.rows))


def examples_of(
    pairs: Sequence[Pair], negatives: Sequence[Sequence[str]], liked: Iterable[Judgment]
) -> tuple[Table, Table, list[Example], dict[int, frozenset[int]]]:
    """Point examples at texts, and name for each question what must not be held against it.

    That is every passage that a pair or a judgment speaks for, and whatever else stands in the same documents: the
    paragraph beside the answer is often right too.
    """
    questions, passages = Table(), Table()
    examples = [
        Example(
            question=questions.row(pair.query),
            positive=passages.row(pair.text),
            negatives=tuple(passages.row(text) for text in found),
            weight=pair.weight,
        )
        for pair, found in zip(pairs, negatives, strict=True)
    ]
    documents: dict[str, set[int]] = {}
    for pair in pairs:
        documents.setdefault(pair.document, set()).add(passages.rows[pair.text])
    right: dict[str, set[str]] = {}
    for item in (*pairs, *(judgment for judgment in liked if judgment.grade > 0)):
        right.setdefault(key_of(item.query), set()).add(item.document)
    kin = {
        row: frozenset(found for name in right.get(key_of(text), ()) for found in documents.get(name, ()))
        for text, row in questions.rows.items()
    }
    return questions, passages, examples, kin


def asked_texts(table: Table, encoder: Encoder) -> Texts:
    """Give questions with their vectors by the live model."""
    texts = tuple(table.rows)
    return Texts(texts=texts, vectors=encoder.encode_queries(texts))


def answer_texts(table: Table, passages: Passages, encoder: Encoder) -> Texts:
    """Give answers with their vectors by the live model; what the library holds has been encoded before."""
    texts, known = tuple(table.rows), {text: row for row, text in enumerate(passages.texts)}
    new = [text for text in texts if text not in known]
    fresh = dict(zip(new, encoder.encode_passages(new), strict=True))
    rows = [passages.vectors[known[text]] if text in known else fresh[text] for text in texts]
    return Texts(texts=texts, vectors=np.stack(rows))
