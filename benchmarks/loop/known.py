"""A data set's questions with their documents: those that people may ask, and those that nobody asks."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from eval.data.beir import read_beir
from eval.records import EvalQuestion
from hone.log.interactions import key_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A question that people ask, and the documents that answer it."""

    id: str
    text: str
    gold: frozenset[str]
    siblings: tuple[str, ...]  # other wordings that share a document with it


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One data set."""

    name: str
    asked: tuple[Wanted, ...]
    held_out: tuple[EvalQuestion, ...]
    unseen: frozenset[str]  # held-out questions none of whose documents answers anything that is asked
    left_out: int  # training questions with the words of a held-out one


def read_known(folder: Path) -> Known:
    """Read train and test; what says the same as a held-out question is asked by nobody."""
    train, test = (read_beir(folder, split=split).questions for split in ("train", "test"))
    taken = {key_of(question.text) for question in test}
    open_ones = [question for question in train if key_of(question.text) not in taken]
    documents = {name for question in open_ones for name in _gold(question)}
    return Known(
        name=folder.name,
        asked=_wanted(open_ones),
        held_out=test,
        unseen=frozenset(question.id for question in test if documents.isdisjoint(_gold(question))),
        left_out=len(train) - len(open_ones),
    )


def _wanted(questions: list[EvalQuestion]) -> tuple[Wanted, ...]:
    wordings: Mapping[str, list[str]] = defaultdict(list)
    for question in questions:
        for name in sorted(_gold(question)):
            wordings[name].append(question.text)
    return tuple(
        Wanted(
            id=question.id,
            text=question.text,
            gold=_gold(question),
            siblings=tuple(
                dict.fromkeys(
                    text
                    for name in sorted(_gold(question))
                    for text in wordings[name]
                    if key_of(text) != key_of(question.text)
                )
            ),
        )
        for question in questions
    )


def _gold(question: EvalQuestion) -> frozenset[str]:
    return frozenset(name for name, grade in question.gold.items() if grade > 0)
