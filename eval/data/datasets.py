"""The one way to what answers are evaluated on, whatever form it is in."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from eval.data.problems import Problems, fingerprint_of
from eval.data.questions import Askers, drawn, read_questions
from eval.data.rows import EXPECTED, DatasetRow, GivenAnswer, csv_rows, is_saved, open_saved, saved_files, saved_rows
from eval.records import EvalQuestion, QuestionSet
from hone.errors import UsageError
from hone.settings import Settings
from hone.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSet:
    """Questions, and the answers that came with them."""

    questions: QuestionSet
    given: Mapping[str, GivenAnswer] = field(
        default_factory=dict[str, GivenAnswer]
    )  # by question; empty: the assistant answers


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetOrigin:
    """What is to be read, and how."""

    path: Path
    split: str | None = None
    person: str = ""  # who asks everything; otherwise the rows say
    as_is: bool = False  # the answers that it brings along are what is scored


def read_answer_set(workspace: Workspace, origin: DatasetOrigin) -> AnswerSet:
    """Read a ragas dataset (JSONL, CSV, a saved Hugging Face folder), or whatever else holds questions."""
    path = origin.path
    if path.is_dir() and is_saved(path):
        dataset = open_saved(path, origin.split)
        # A row of Arrow stands on no line, but people count rows as well.
        problems = Problems(where=path, expected=EXPECTED)
        return _answer_set(saved_rows(dataset), problems, origin, saved_files(dataset), workspace.settings)
    if path.is_file() and path.suffix.lower() == ".csv":
        problems = Problems(where=path, expected=EXPECTED)
        return _answer_set(csv_rows(path, problems), problems, origin, [path], workspace.settings)
    if path.is_file() and _is_ragas(path):
        problems = Problems(where=path, expected=EXPECTED)
        return _answer_set(_json_rows(path, problems), problems, origin, [path], workspace.settings)
    if origin.as_is:
        raise UsageError(f"{path} has no answers to score as they are.", hint=f"Leave out --as-is. {EXPECTED}")
    return AnswerSet(questions=read_questions(workspace, path, split=origin.split, person=origin.person))


def _is_ragas(file: Path) -> bool:
    """Recognise ragas' rows or our questions by the first that can be read."""
    with file.open("rb") as lines:
        for line in lines:
            try:
                row: Any = json.loads(line.removeprefix(b"\xef\xbb\xbf"))
            except ValueError:
                continue
            return isinstance(row, dict) and "user_input" in row
    return False


def _json_rows(file: Path, problems: Problems) -> Iterable[tuple[int, Any]]:
    for number, line in problems.lines(file):
        try:
            row: Any = json.loads(line)
        except ValueError as error:
            problems.add(number, f"it isn't valid JSON: {error}", file)
            continue
        yield number, _without_nulls(row)


def _without_nulls(row: Any) -> Any:
    return {name: value for name, value in row.items() if value is not None} if isinstance(row, dict) else row  # pyright: ignore[reportUnknownVariableType]


def _answer_set(
    rows: Iterable[tuple[int, Any]], problems: Problems, origin: DatasetOrigin, files: list[Path], settings: Settings
) -> AnswerSet:
    questions, given = dict[str, EvalQuestion](), dict[str, GivenAnswer]()
    askers = Askers(settings, origin.person, problems)
    for count, (line, fields) in enumerate(rows, 1):
        row = _row(line, fields, problems)
        if row is None:
            continue
        for told in row.problems(as_is=origin.as_is):
            problems.add(line, told)
        if not any(turn.role == "user" for turn in row.turns()):
            continue
        question = row.question(count, askers.find(row.asker or "", line))
        problems.is_new(line, question.id, "id")
        questions[question.id] = question
        if origin.as_is and (answer := row.given()):
            given[question.id] = answer
    problems.require(questions, f"{origin.path} has no questions.")
    made = any("made as" in question.tags for question in questions.values())
    read = QuestionSet(
        name=origin.path.stem,
        questions=tuple(questions.values()),
        origin=origin.path,
        fingerprint=fingerprint_of(*files),
        people_wrote=not made,
    )
    return AnswerSet(questions=read, given=given)


def _row(line: int, fields: Any, problems: Problems) -> DatasetRow | None:
    try:
        return DatasetRow.model_validate(fields)
    except ValidationError as error:
        problems.add_all(line, error)
        return None


def sample(answers: AnswerSet, limit: int | None) -> AnswerSet:
    """Draw this many questions, with the answers that were given to them."""
    kept = drawn(answers.questions, limit)
    if kept is answers.questions:
        return answers
    given = {item.id: answers.given[item.id] for item in kept.questions if item.id in answers.given}
    return replace(answers, questions=kept, given=given)
