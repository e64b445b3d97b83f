"""Small lessons that can be checked by eye, and one that a real encoder can learn."""

import numpy as np

from hone.records import FusionWeights
from retriever.encoding.encoder import Encoder, Vectors, unit_rows
from training.lesson.dev_set import DevSet
from training.lesson.training_data import Example, Texts, TrainingData

MADE_UP = ("blorf", "quix", "zandle", "tromp", "fleeb", "grindle", "mowp", "snarf", "wibble", "crunk")
MEANT = ("invoice", "holiday", "laptop", "parking", "salary", "visitor", "printer", "canteen", "badge", "travel")


def data(questions: Vectors, passages: Vectors, examples: tuple[Example, ...], **more: frozenset[int]) -> TrainingData:
    """Make training data of vectors; texts are `q0`, `p0` and so on. `q3={1, 2}` names question 3's known positives."""
    return TrainingData(
        questions=Texts(texts=tuple(f"q{n}" for n in range(len(questions))), vectors=questions),
        passages=Texts(texts=tuple(f"p{n}" for n in range(len(passages))), vectors=passages),
        examples=examples,
        known_positives={int(name[1:]): known_positives for name, known_positives in more.items()},
        general=Texts(texts=(), vectors=np.empty((0, passages.shape[1]), np.float32)),
        dev=dev(questions, passages),
    )


def dev(questions: Vectors, passages: Vectors) -> DevSet:
    """Make development questions whose n-th answer is the n-th passage, told by meaning alone."""
    count = len(passages)
    return DevSet(
        questions=tuple(f"q{n}" for n in range(len(questions))),
        passages=tuple(f"p{n}" for n in range(count)),
        starts=np.arange(count),
        gains=np.eye(len(questions), count, dtype=np.float32),
        legs={},
        weights=FusionWeights(legs={}, power=2.0),
        live_questions=questions,
        live_passages=passages,
        importance=np.ones(len(questions)),
        free=np.ones(len(questions), dtype=bool),
    )


def directions(count: int, width: int = 16, seed: int = 7) -> Vectors:
    """Draw unit vectors."""
    return unit_rows(np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32))


def jargon(encoder: Encoder, count: int = 200) -> TrainingData:
    """Teach that a company's made-up words stand for known ones: an encoder can't know, and can learn.

    Development questions use other pairs of words than those that are learned from.
    """
    pairs = [(one, other) for one in range(10) for other in range(10) if one != other]
    order: list[int] = np.random.default_rng(7).permutation(len(pairs)).tolist()
    held, learned = [pairs[place] for place in order[:30]], [pairs[place] for place in order[30:]]
    asked = [_ask(*learned[n % len(learned)], n) for n in range(count)]
    told = [_tell(*learned[n % len(learned)], n) for n in range(count)]
    questions, passages = [_ask(*pair, 0) for pair in held], [_tell(*pair, 0) for pair in held]
    answers = list(dict.fromkeys(told))
    return TrainingData(
        questions=Texts(texts=tuple(asked), vectors=encoder.encode_queries(asked)),
        passages=Texts(texts=tuple(answers), vectors=encoder.encode_passages(answers)),
        examples=tuple(
            Example(question=n, positive=answers.index(text), negatives=((answers.index(text) + 1) % len(answers),))
            for n, text in enumerate(told)
        ),
        known_positives={},
        general=Texts(texts=tuple(answers[:40]), vectors=encoder.encode_passages(answers[:40])),
        dev=DevSet(
            questions=tuple(questions),
            passages=tuple(passages),
            starts=np.arange(len(passages)),
            gains=np.eye(len(passages), dtype=np.float32),
            legs={},
            weights=FusionWeights(legs={}, power=2.0),
            live_questions=encoder.encode_queries(questions),
            live_passages=encoder.encode_passages(passages),
            importance=np.ones(len(questions)),
            free=np.ones(len(questions), dtype=bool),
        ),
    )


def _ask(one: int, other: int, form: int) -> str:
    forms = ("how do I {} a {}", "where is the {} for a {}", "who knows about {} and {}", "need help with {} {}")
    return forms[form % len(forms)].format(MADE_UP[one], MADE_UP[other])


def _tell(one: int, other: int, form: int) -> str:
    forms = ("The {} desk also handles every {} request.", "Rules for {} and {} are on this page.")
    return forms[form % len(forms)].format(MEANT[one], MEANT[other])
