"""What a run of answers is recorded to have been: the same settings go on with it, and do it again."""

from collections.abc import Sequence

from eval.answers.judging import Judge
from eval.answers.measures import Measure
from eval.data.datasets import AnswerSet
from eval.runs import Plain
from eval.statistics import RESAMPLINGS, SEED


def run_settings(
    answers: AnswerSet, of: int, assistant: Plain, measures: Sequence[Measure], judge: Judge | None
) -> Plain:
    """Name everything that decides what comes out; `of` is how many questions there were before a sample was taken."""
    questions = answers.questions
    return {
        "questions": {
            "name": questions.name,
            "origin": str(questions.origin),
            "fingerprint": questions.fingerprint,
            "count": len(questions.questions),
            "of": of,
            "people_wrote": questions.people_wrote,
            "askers": sorted({question.asker.name for question in questions.questions}),
            "readers": questions.readers,
        },
        "as_is": bool(answers.given),
        "assistant": assistant,
        "measures": [measure.name for measure in measures],
        "judge": {**judge.identity, "measures": list(judge.measures)} if judge is not None else {},
        "statistics": {"resamplings": RESAMPLINGS, "seed": SEED},
    }
