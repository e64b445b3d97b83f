"""A part of a set that stands for the whole: chosen by chance, and the same every time."""

import random
from dataclasses import replace

from eval.datasets.read import AnswerSet
from eval.statistics import SEED


def sample(answers: AnswerSet, limit: int | None) -> AnswerSet:
    """Give so many questions in their own order; the first of a file are rarely like the rest."""
    questions = answers.questions.questions
    if limit is None or limit >= len(questions):
        return answers
    chosen = sorted(random.Random(SEED).sample(range(len(questions)), limit))  # noqa: S311  # nothing secret about it
    kept = tuple(questions[place] for place in chosen)
    given = {question.id: answers.given[question.id] for question in kept if question.id in answers.given}
    return replace(answers, questions=replace(answers.questions, questions=kept), given=given)
