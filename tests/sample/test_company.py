import json
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from hone.settings import read_settings
from retriever.cutting.passages import cut
from retriever.cutting.window import Window
from retriever.reading.limits import ReadLimits, Rejected
from retriever.reading.parsed import Parsed
from retriever.reading.reader import Reader
from sample import FOLDER, MODIFIED, QUESTIONS

ROOTS = {source.name: FOLDER / source.path for source in read_settings(FOLDER).sources}
FILES = sorted(path for root in ROOTS.values() for path in root.rglob("*") if path.is_file())


@cache
def questions() -> list[dict[str, Any]]:
    return [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]


@cache
def read() -> Mapping[Path, Parsed | Rejected]:
    with Reader(2, ReadLimits()) as reader:
        return dict(reader.read(FILES))


def parsed(document: str) -> Parsed:
    source, path = document.split("/", 1)
    found = read()[ROOTS[source] / path]
    assert isinstance(found, Parsed), found
    return found


def test_every_document_can_be_read_and_has_a_date() -> None:
    assert len(FILES) >= 60
    assert [item for item in read().values() if isinstance(item, Rejected)] == []
    dated = json.loads(MODIFIED.read_text())
    assert sorted(dated) == sorted(path.relative_to(FOLDER).as_posix() for path in FILES)


def test_there_are_enough_questions_of_every_kind() -> None:
    tags = Counter(tag for question in questions() for tag in question["tags"])
    assert len(questions()) >= 150
    least = {"multi": 25, "unanswerable": 20, "restricted": 15, "followup": 15}
    assert {tag: tags[tag] for tag in least if tags[tag] < least[tag]} == {}
    assert len({question["id"] for question in questions()}) == len(questions())


def test_every_quote_stands_in_its_document_and_in_a_passage() -> None:
    window = Window(limit=200, count=lambda text: len(text.split()))
    for document in {gold["document"] for question in questions() for gold in question["gold"]}:
        text = parsed(document).text
        passages = cut(parsed(document), document, window)
        for gold in (gold for question in questions() for gold in question["gold"] if gold["document"] == document):
            assert gold["quote"] in text, gold
            assert any(gold["quote"][:20] in passage.preface + passage.text for passage in passages), gold


@pytest.mark.parametrize("question", questions(), ids=lambda question: question["id"])
def test_who_asks_may_read_the_gold(question: Mapping[str, Any]) -> None:
    settings = read_settings(FOLDER)
    groups = settings.people[question["asker"]].groups | {"everyone"}
    readers = {source.name: source.groups for source in settings.sources}
    assert bool(question["gold"]) == question["answerable"]
    for gold in question["gold"]:
        assert groups & readers[gold["document"].split("/", 1)[0]]
    sources = {gold["document"].split("/", 1)[0] for gold in question["gold"]}
    assert ("restricted" in question["tags"]) == bool(sources - {"handbook"})
