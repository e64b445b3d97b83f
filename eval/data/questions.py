"""The one way to questions: whatever form they are in, they come as a `QuestionSet`."""

import random
from dataclasses import replace
from pathlib import Path

from eval.data.beir import read_beir
from eval.data.log import read_log
from eval.data.questions_file import read_questions_file
from eval.data.trec import read_trec
from eval.records import QuestionSet
from eval.statistics import SEED
from hone.errors import UsageError
from hone.settings import asker_of
from hone.workspace import Workspace

LOG = "log"  # stands for the workspace's own search log


def read_questions(
    workspace: Workspace, origin: Path | str, *, split: str | None = None, qrels: Path | None = None, person: str = ""
) -> QuestionSet:
    """Read a BEIR folder, TREC topics with their qrels, a questions.jsonl, or the search log.

    `person` asks everything; otherwise a questions file says who asks, and other forms ask as nobody in particular.
    """
    path = Path(origin)
    if qrels is not None:
        return read_trec(path, qrels, asker=asker_of(workspace.settings, person))
    if path.is_dir():
        return read_beir(path, split=split, asker=asker_of(workspace.settings, person))
    if path.is_file():
        return read_questions_file(path, workspace.settings, person=person)
    if str(origin) == LOG:
        return read_log(workspace)
    raise UsageError(
        f"{path} doesn't exist.",
        hint="Name a BEIR folder, a questions.jsonl, TREC topics with --qrels FILE, or `log` for the search log.",
    )


def drawn(questions: QuestionSet, limit: int | None) -> QuestionSet:
    """Draw this many questions in their own order, the same every time; the first of a file are rarely typical."""
    every = questions.questions
    if limit is None or limit >= len(every):
        return questions
    places = sorted(random.Random(SEED).sample(range(len(every)), limit))  # noqa: S311  # nothing secret about it
    return replace(questions, questions=tuple(every[place] for place in places))
