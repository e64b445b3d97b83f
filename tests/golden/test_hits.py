"""The hits of 200 searches on the sample company: which passages, in which order, with which scores."""

import json
import random
from collections.abc import Iterator

from hone.settings import asker_of
from hone.workspace import Workspace
from retriever.searching.searcher import Question, Searcher
from sample import QUESTIONS
from tests.golden.comparing import NEAR, Golden, assert_same

SEARCHES = 200
TIED = 2e-5  # scores that differ by less may change places from one processor to another


def test_hits(golden: Golden, sample_company: Workspace) -> None:
    """The hash encoder makes the same vectors everywhere; the packaged one's differ in bfloat16, which few have."""
    path, found = golden.folder / "hits.json", dict(_hits(sample_company))
    if golden.rewrite:
        path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    kept: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8"))
    assert kept.keys() == found.keys()
    assert_same("hits", [line for name in kept for line in _moved(name, kept[name], found[name])])


def _hits(workspace: Workspace) -> Iterator[tuple[str, list[str]]]:
    """Search, each question as who asks it; a hit is its score, its passage and its document."""
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    asked = random.Random(7).sample([json.loads(line) for line in lines], SEARCHES)
    searcher = Searcher(workspace)
    questions = [Question(text=item["question"], asker=asker_of(workspace.settings, item["asker"])) for item in asked]
    for item, result in zip(asked, searcher.search_all(questions), strict=True):
        hits = [f"{hit.score:.5f} {hit.passage} {hit.document}" for hit in result.hits]
        yield f"{item['id']} {item['asker']}: {item['question']}", hits
    searcher.close()


def _moved(name: str, kept: list[str], found: list[str]) -> Iterator[str]:
    """Name the places of a page that another passage has, or the same one with another score."""
    if len(kept) != len(found):
        yield f"{name}: {len(kept)} → {len(found)} hits"
    for rank, (before, now) in enumerate(zip(kept, found, strict=False), 1):
        (old, passage, _), (new, other, _) = before.split(" ", 2), now.split(" ", 2)
        if abs(float(old) - float(new)) > (NEAR if passage == other else TIED):
            yield f"{name} [{rank}]: {before} → {now}"
