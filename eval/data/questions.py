"""The one way to questions: whatever form they are in, they come as a `QuestionSet`; and our own form.

Ours is one question a line, with who asks it, what was said before, and the texts that answer it.
"""

import random
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from agents.records import Turn
from eval.data.beir import read_beir
from eval.data.log import read_log
from eval.data.problems import Problems, fingerprint_of
from eval.data.trec import read_trec
from eval.records import EvalQuestion, QuestionSet
from eval.statistics import SEED
from hone.errors import UsageError
from hone.records import Asker
from hone.settings import Settings, asker_of
from hone.workspace import Workspace
from retriever.searching.searcher import LONGEST_QUERY

EXPECTED = (
    'Each line: {"id": "q1", "question": "…", "asker": "ana", "gold": [{"document": "wiki/vpn.md", "quote": "…"}], '
    '"answer": "…", "answerable": true, "tags": ["table"]}; only id and question are needed.'
)


class GoldLine(BaseModel):
    """A text that answers a question; the passage is named where it is known."""

    model_config = ConfigDict(extra="forbid")

    document: str = ""
    passage: str = ""
    quote: str = ""
    grade: float = Field(default=1.0, ge=0, le=1000)


def _pairs(value: object) -> object:
    if not isinstance(value, list):
        return value
    return [{"role": pair[0], "text": pair[1]} if isinstance(pair, list) and len(pair) == 2 else pair for pair in value]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


class QuestionLine(BaseModel):
    """One line of a questions file; what generates questions writes it too."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1, coerce_numbers_to_str=True)
    question: str = Field(min_length=1, max_length=LONGEST_QUERY, pattern=r"\S")
    asker: str = ""
    history: Annotated[tuple[Turn, ...], BeforeValidator(_pairs)] = ()
    answerable: bool | None = None
    tags: dict[str, str] | list[str] = Field(default_factory=dict[str, str])
    answer: str = ""
    gold: tuple[GoldLine, ...] = ()
    made_by: str = ""  # what generated it; empty: a person wrote it

    @property
    def unit(self) -> Literal["document", "passage"]:
        return "passage" if self.gold and all(gold.passage for gold in self.gold) else "document"

    def sliced(self) -> dict[str, str]:
        """Return tags by name; of a bare list each one is simply there or not."""
        return self.tags if isinstance(self.tags, dict) else dict.fromkeys(self.tags, "yes")


class Askers:
    """The people of `hone.toml` by name, each looked up once; those that aren't there are problems."""

    def __init__(self, settings: Settings, person: str, problems: Problems) -> None:
        self._settings, self._person, self._problems = settings, person, problems
        self._known = {"": asker_of(settings, person)}

    def find(self, name: str, line: int) -> Asker:
        """Find who asks a line's question: `person`, if somebody asks them all."""
        if self._person or name in self._known:
            return self._known["" if self._person else name]
        try:
            self._known[name] = asker_of(self._settings, name)
        except UsageError as error:
            self._problems.add(line, error.message)
            return self._known[""]
        return self._known[name]


def read_questions_file(file: Path, settings: Settings, *, person: str = "") -> QuestionSet:
    """Read a questions file; who asks is looked up among the people of `hone.toml`, unless `person` asks them all."""
    problems, found = Problems(where=file, expected=EXPECTED), list[tuple[QuestionLine, Asker]]()
    askers = Askers(settings, person, problems)
    for number, line in problems.records(file, QuestionLine):
        for place, gold in enumerate(line.gold):
            if not (gold.document or gold.passage):
                problems.add(number, f"gold.{place}: it needs a document or a passage")
        problems.is_new(number, line.id, "id")
        if found and bool(found[0][0].made_by) != bool(line.made_by):
            problems.add(number, "generated questions and people's questions can't be in one file")
        found.append((line, askers.find(line.asker, number)))
    problems.require(found, f"{file} has no questions.")
    return QuestionSet(
        name=file.stem,
        questions=tuple(_question(line, asker) for line, asker in found),
        origin=file,
        fingerprint=fingerprint_of(file),
        people_wrote=not found[0][0].made_by,
    )


def _question(line: QuestionLine, asker: Asker) -> EvalQuestion:
    grades: dict[str, float] = {}
    for gold in line.gold:
        name = gold.passage if line.unit == "passage" else gold.document
        grades[name] = max(gold.grade, grades.get(name, 0.0))
    return EvalQuestion(
        id=line.id,
        text=line.question,
        history=line.history,
        asker=asker,
        gold=grades,
        unit=line.unit,
        reference=line.answer,
        contexts=tuple(gold.quote for gold in line.gold if gold.quote),
        answerable=line.answerable,
        tags=line.sliced(),
    )


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
