"""A folder in BEIR form: `queries.jsonl`, and `qrels/<split>.tsv` with the grades."""

from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from agents.records import Turn
from eval.data.problems import Problems, fingerprint_of
from eval.records import EvalQuestion, QuestionSet
from hone.errors import UsageError
from hone.records import Asker
from retriever.searching.searcher import LONGEST_QUERY

EXPECTED = (
    'A BEIR folder has queries.jsonl, each line {"_id": "q1", "text": "…"}, '
    "and qrels/test.tsv with the columns query-id, corpus-id and score, separated by tabs."
)
DEFAULT_SPLIT = "test"
TAGS = ("kind", "type", "qtype", "language", "site", "dataset", "answerability", "seen")  # fields worth slicing by


def _turns(value: Any) -> Any:
    """Read `[role, text]` pairs; data sets call the other side by many names."""
    if not isinstance(value, list):
        return value
    return [
        {"role": "user" if pair[0] == "user" else "assistant", "text": pair[1]}
        if isinstance(pair, list) and len(pair) == 2  # pyright: ignore[reportUnknownArgumentType]
        else pair
        for pair in value  # pyright: ignore[reportUnknownVariableType]
    ]


class _Query(BaseModel):
    """A line, as outsiders write it: fields that are not ours are let be."""

    model_config = ConfigDict(populate_by_name=True, coerce_numbers_to_str=True, extra="allow")

    id: str = Field(alias="_id", min_length=1)
    text: str = Field(min_length=1, max_length=LONGEST_QUERY, pattern=r"\S")
    answer: str = ""
    reference: str = ""
    history: Annotated[tuple[Turn, ...], BeforeValidator(_turns)] = ()

    def tags(self) -> dict[str, str]:
        extra = self.model_extra or {}
        return {name: str(extra[name]) for name in TAGS if isinstance(extra.get(name), str | bool | int)}


def read_beir(folder: Path, *, split: str | None = None, asker: Asker | None = None) -> QuestionSet:
    """Read the questions that one split has judgments of."""
    problems = Problems(where=folder, expected=EXPECTED)
    qrels = _split_file(folder, split)
    queries = _queries(folder / "queries.jsonl", problems)
    rows = _columns(qrels, problems)
    grades = read_grades(rows, qrels, queries, "queries.jsonl has no question", problems)
    problems.require(grades, f"{qrels} has no judgments.")
    questions = tuple(
        EvalQuestion(
            id=name,
            text=queries[name].text,
            history=queries[name].history,
            asker=asker or Asker(),
            gold=gold,
            reference=queries[name].reference or queries[name].answer,
            tags=queries[name].tags(),
        )
        for name, gold in grades.items()
    )
    return QuestionSet(
        name=f"{folder.resolve().name}/{qrels.stem}",
        questions=questions,
        origin=folder,
        fingerprint=fingerprint_of(folder / "queries.jsonl", qrels),
        people_wrote=True,
    )


def _split_file(folder: Path, split: str | None) -> Path:
    there = sorted(file.stem for file in (folder / "qrels").glob("*.tsv"))
    if not there:
        raise UsageError(f"{folder / 'qrels'} has no judgments.", hint=EXPECTED)
    chosen = split or (there[0] if len(there) == 1 else DEFAULT_SPLIT)
    if chosen not in there:
        raise UsageError(f"{folder} has no split {chosen!r}.", hint=f"Name one of {', '.join(there)} with --split.")
    return folder / "qrels" / f"{chosen}.tsv"


def _queries(file: Path, problems: Problems) -> dict[str, _Query]:
    records = problems.records(file, _Query)
    found = {query.id: query for number, query in records if problems.is_new(number, query.id, "_id", file)}
    if not found:  # otherwise the judgments are looked at too, so that all problems are told at once
        problems.require(found, f"{file} has no questions.")
    return found


def _columns(file: Path, problems: Problems) -> Iterator[tuple[int, list[str]]]:
    for number, line in problems.lines(file):
        columns = [column.strip() for column in line.split("\t")]
        if len(columns) != 3:
            problems.add(number, f"it has {len(columns)} columns instead of 3 separated by tabs", file)
        elif number > 1 or columns[0] != "query-id":
            yield number, columns


def read_grades(
    rows: Iterable[tuple[int, list[str]]], file: Path, known: Container[str], unknown: str, problems: Problems
) -> dict[str, dict[str, float]]:
    """Read judgments: question, document and grade; `unknown` is said before a question that there is not."""
    found: dict[str, dict[str, float]] = {}
    for number, (question, document, written) in rows:
        grade = number_of(written)
        if grade is None:
            problems.add(number, f"the grade {written!r} is not a number", file)
        elif question not in known:
            problems.add(number, f"{unknown} {question!r}", file)
        elif found.setdefault(question, {}).setdefault(document, grade) != grade:
            problems.add(number, f"{question!r} and {document!r} have a different grade on an earlier line", file)
    return found


def number_of(written: str) -> float | None:
    """Read a grade, if it is one."""
    try:
        value = float(written)
    except ValueError:
        return None
    return value if -1000 <= value <= 1000 else None  # also refuses nan and inf, which compare with nothing
