"""A part of a set that stands for the whole: chosen by chance, and the same every time."""

from dataclasses import replace

from eval.data.datasets import AnswerSet
from eval.data.questions import drawn


def sample(answers: AnswerSet, limit: int | None) -> AnswerSet:
    """Give so many questions, with the answers that were given to them."""
    kept = drawn(answers.questions, limit)
    if kept is answers.questions:
        return answers
    given = {item.id: answers.given[item.id] for item in kept.questions if item.id in answers.given}
    return replace(answers, questions=kept, given=given)
