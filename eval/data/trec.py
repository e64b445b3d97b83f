"""TREC topics and qrels: the oldest form there is, in its three dialects of topics."""

import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from eval.data.beir import read_grades
from eval.data.problems import Problems, fingerprint_of
from eval.records import EvalQuestion, QuestionSet
from hone.records import Asker
from retriever.searching.searcher import LONGEST_QUERY

EXPECTED = (
    "Topics are <top> elements with <num> and <title>, lines of id, tab and text, or "
    'lines {"_id": "q1", "text": "…"}; qrels have four columns: question, 0, document, grade.'
)
_FIELD = re.compile(r"<(?P<name>/?\w+)>")


class _Topic(BaseModel):
    model_config = ConfigDict(populate_by_name=True, coerce_numbers_to_str=True)

    id: str = Field(alias="_id", min_length=1)
    text: str = Field(min_length=1, max_length=LONGEST_QUERY, pattern=r"\S")


def read_trec(topics: Path, qrels: Path, *, asker: Asker | None = None) -> QuestionSet:
    """Read the topics that have judgments."""
    problems = Problems(where=topics, expected=EXPECTED)
    found = _topics(topics, problems)
    grades = read_grades(_columns(qrels, problems), qrels, found, "there is no topic", problems)
    problems.require(grades, f"{qrels} has no judgments.")
    return QuestionSet(
        name=topics.stem,
        questions=tuple(
            EvalQuestion(id=name, text=found[name].text, asker=asker or Asker(), gold=gold)
            for name, gold in grades.items()
        ),
        origin=topics,
        fingerprint=fingerprint_of(topics, qrels),
        people_wrote=True,
    )


def _topics(file: Path, problems: Problems) -> dict[str, _Topic]:
    found = dict[str, _Topic]()
    lines = list(problems.lines(file))
    marked = any(line.lstrip().lower().startswith("<top>") for _, line in lines)
    for number, topic in _marked(lines) if marked else _one_a_line(lines, problems):
        if not isinstance(topic, _Topic):
            problems.add_all(number, topic)
        elif problems.is_new(number, topic.id, "topic"):
            found[topic.id] = topic
    if not found:  # otherwise the judgments are looked at too, so that all problems are told at once
        problems.require(found, f"{file} has no topics.")
    return found


def _one_a_line(lines: list[tuple[int, str]], problems: Problems) -> Iterator[tuple[int, _Topic | ValidationError]]:
    for number, line in lines:
        if line.lstrip().startswith("{"):
            try:
                yield number, _Topic.model_validate_json(line)
            except ValidationError as error:
                yield number, error
        elif "\t" in line:
            name, _, text = line.partition("\t")
            yield number, _checked(name.strip(), text.strip())
        else:
            problems.add(number, "there is no tab between id and text")


def _marked(lines: list[tuple[int, str]]) -> Iterator[tuple[int, _Topic | ValidationError]]:
    """Read `<top>` elements; most leave their fields unclosed."""
    begun, field, texts = 0, "", dict[str, str]()
    for number, line in [*lines, (0, "<top>")]:
        place = 0
        for mark in [*_FIELD.finditer(line), None]:
            texts[field] = f"{texts.get(field, '')} {line[place : mark.start() if mark else None]}"
            if mark is None:
                break
            place, name = mark.end(), mark["name"].lower()
            if name in ("top", "/top"):
                if begun and ("num" in texts or "title" in texts):
                    yield begun, _checked(_number(texts.get("num", "")), " ".join(texts.get("title", "").split()))
                begun, texts = number, {}
            field = name
    return


def _number(text: str) -> str:
    return text.replace("Number:", "").strip()


def _checked(name: str, text: str) -> _Topic | ValidationError:
    try:
        return _Topic.model_validate({"_id": name, "text": text})
    except ValidationError as error:
        return error


def _columns(file: Path, problems: Problems) -> Iterator[tuple[int, list[str]]]:
    for number, line in problems.lines(file):
        columns = line.split()
        if len(columns) == 4:
            yield number, [columns[0], *columns[2:]]
        else:
            problems.add(number, f"it has {len(columns)} columns instead of 4", file)
