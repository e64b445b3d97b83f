"""Files of many records, in BEIR's form."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.documents.folders import Hone, found, listed, source, write

BEIR: tuple[dict[str, Any], ...] = (
    {"_id": "r1", "title": "Salaries", "text": "Bands are paid monthly.", "groups": ["hr"]},
    {
        "_id": "r2",
        "text": "Bands play on Friday.",
        "modified": "2024-05-01T12:00:00+02:00",
        "url": "https://x.example/r2",
    },
    {"_id": 3, "title": "Numbers &amp; names", "text": "An id that is a number."},
    {"_id": "r4", "text": "Bands that nobody was given.", "groups": []},
    {"_id": "far", "text": "Bands of the far future.", "modified": "9999-12-31T23:59:59-12:00"},
)
BAD = (
    '{"_id": "r5", "text": ',
    '{"_id": "r6"}',
    '["r7"]',
    '{"_id": "r1", "text": "the same id"}',
    '{"_id": "r8", "text": "x", "modified": "yesterday"}',
    '{"_id": "r\\u001b9", "text": "an escape"}',
    '{"_id": "", "text": "no id"}',
)


@pytest.mark.slow
def test_a_corpus_is_taken_with_its_bad_lines_told(hone: Hone, tmp_path: Path) -> None:
    corpus = tmp_path / "set" / "corpus.jsonl"
    write(corpus, "\n".join([*map(json.dumps, BEIR), "", *BAD]) + "\n")
    said = hone("documents", "add", tmp_path / "set", "-g", "everyone", "--json")
    assert (said.code, source(said, "set")["added"]) == (0, len(BEIR))
    first = len(BEIR) + 2
    assert [item["path"] for item in source(said, "set")["rejected"]] == [
        f"line {first + place}" for place in range(len(BAD))
    ]
    documents = listed(hone)
    assert set(documents) == {"r1", "r2", "3", "r4", "far"}
    assert documents["r1"]["groups"] == ["hr"]
    assert documents["3"]["title"] == "Numbers & names"
    assert documents["r4"]["groups"] == ["admin"], "a record for nobody is for admins, not for everyone"
    assert documents["r2"]["modified"] == "2024-05-01T10:00:00+00:00"
    assert documents["r2"]["url"] == "https://x.example/r2"
    assert set(found(hone, "bands")) == {"r2", "far", "3"}
    assert "r1" in found(hone, "bands", "--as", "ana")
    assert found(hone, "bands", "--until", "2024-05-01") == ["r2"]

    changed = [{**BEIR[0], "groups": ["eng"]}, BEIR[1], {"_id": "r9", "text": "Bands anew."}]
    write(corpus, "\n".join(map(json.dumps, changed)))
    said = hone("documents", "sync", "--json")
    counts = {name: source(said, "set")[name] for name in ("added", "changed", "removed", "unchanged")}
    assert counts == {"added": 1, "changed": 1, "removed": 3, "unchanged": 1}
    assert "r1" not in found(hone, "bands", "--as", "ana")
    assert "r1" in found(hone, "bands", "--as", "bo")
    assert hone("documents", "status", "--json").json["rejections"] == []


def test_a_record_can_not_take_a_files_place_nor_a_file_a_records(hone: Hone, tmp_path: Path, docs: Path) -> None:
    corpus = write(tmp_path / "aaa.jsonl", json.dumps({"_id": "docs/leave.md", "text": "I was here first."}) + "\n")
    hone("documents", "add", corpus, "-g", "everyone")
    hone("documents", "add", docs, "-g", "hr")
    documents = listed(hone)
    assert documents["docs/leave.md"]["source"] == "aaa"
    assert documents["docs/leave.md~2"]["groups"] == ["hr"]
    assert len(documents) == 3
