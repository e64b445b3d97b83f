"""What there is to learn, in numbers: texts once each, examples that point at them, and questions to measure on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hone.log.interactions import key_of
from retriever.encoding.encoder import Encoder, Vectors
from training.lesson.dev_set import DevSet
from training.pairs.passages import Passages
from training.records import Judgment, Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One question with what answers it and what does not, as rows of the training data's texts."""

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
class TrainingData:
    """Everything a tier learns from; no tier sees a question that is held out."""

    questions: Texts
    passages: Texts
    examples: tuple[Example, ...]
    known_positives: Mapping[int, frozenset[int]]  # by question: passages that may be right for it, so never negatives
    general: Texts  # passages that nobody has asked about, to stay close to the live model on
    dev: DevSet
    outside: DevSet | None = None  # from outside the domain: what is lost there is forgotten
    seed: int = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedExamples:
    """Examples laid out over texts, each text once."""

    questions: tuple[str, ...]
    passages: tuple[str, ...]
    examples: tuple[Example, ...]
    known_positives: Mapping[int, frozenset[int]]


def index_examples(
    pairs: Sequence[Pair], negatives: Sequence[Sequence[str]], liked: Iterable[Judgment]
) -> IndexedExamples:
    """Point examples at texts, and name for each question what must not be held against it.

    That is every passage that a pair or a judgment speaks for, and whatever else stands in the same documents: the
    paragraph beside the answer is often right too.
    """
    questions, passages = dict[str, int](), dict[str, int]()
    examples = tuple(
        Example(
            question=questions.setdefault(pair.query, len(questions)),
            positive=passages.setdefault(pair.text, len(passages)),
            negatives=tuple(passages.setdefault(text, len(passages)) for text in found),
            weight=pair.weight,
        )
        for pair, found in zip(pairs, negatives, strict=True)
    )
    documents: dict[str, set[int]] = {}
    for pair in pairs:
        documents.setdefault(pair.document, set()).add(passages[pair.text])
    right: dict[str, set[str]] = {}
    for item in (*pairs, *(judgment for judgment in liked if judgment.grade > 0)):
        right.setdefault(item.key, set()).add(item.document)
    known_positives = {
        row: frozenset(found for name in right.get(key_of(text), ()) for found in documents.get(name, ()))
        for text, row in questions.items()
    }
    return IndexedExamples(
        questions=tuple(questions), passages=tuple(passages), examples=examples, known_positives=known_positives
    )


def answer_texts(texts: tuple[str, ...], passages: Passages, encoder: Encoder) -> Texts:
    """Return answers with their vectors by the live model; what the library holds has been encoded before."""
    known = {text: row for row, text in enumerate(passages.texts)}
    new = [text for text in texts if text not in known]
    fresh = dict(zip(new, encoder.encode_passages(new), strict=True))
    rows = [passages.vectors[known[text]] if text in known else fresh[text] for text in texts]
    return Texts(texts=texts, vectors=np.stack(rows))
