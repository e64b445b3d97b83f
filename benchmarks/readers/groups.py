"""What a reader is trained on: questions of public sets, each with blocks that answer it and others."""

import csv
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sklearn.feature_extraction.text import TfidfVectorizer  # pyright: ignore[reportMissingTypeStubs]

from agents.heuristics.blocks import blocks_of
from agents.heuristics.facts import share, terms_of
from eval.answers.records import as_hit

ANSWERS = 0.7  # of an answer's words that a block has to hold, where the set says which words answer
MOST = 14  # blocks of a question
LONGEST = 900  # characters that are read of one, as `agents.heuristics.choosing` reads it


@dataclass(frozen=True, slots=True, kw_only=True)
class Readable:
    """A block as it is read: under its title, which is the first `under` characters."""

    text: str
    under: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A question, and blocks of which some answer it."""

    source: str
    question: str
    blocks: tuple[Readable, ...]
    answers: tuple[bool, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A public set, and how its questions are made into groups."""

    folder: str
    split: str
    most: int  # questions
    near: int  # passages that its words find
    blocks: int  # that are taken of each
    within: str = ""  # a field that a passage must share with the question
    quoted: bool = False  # the set says which words answer


# No world that readers are told by is among them; covid-qa's development part is told apart.
SOURCES = (
    Source(folder="covid-qa", split="train", most=757, near=6, blocks=3, quoted=True),
    Source(folder="policyqa", split="dev", most=600, near=12, blocks=2, within="site"),
    Source(folder="multihop", split="2wiki", most=280, near=10, blocks=1),
    Source(folder="multihop", split="hotpotqa", most=120, near=10, blocks=1),
    Source(folder="medquad", split="train", most=900, near=7, blocks=2),
    Source(folder="cosqa", split="dev", most=150, near=6, blocks=1),
)


def read_groups(data: Path, seed: int) -> list[Group]:
    """Read every source's groups."""
    rng = random.Random(seed)
    return [group for source in SOURCES for group in _groups(data / source.folder, source, rng)]


def _groups(folder: Path, source: Source, rng: random.Random) -> Iterator[Group]:
    passages = {row["_id"]: row for row in _rows(folder / "corpus.jsonl")}
    gold = _judged(folder / "qrels" / f"{source.split}.tsv")
    asked = [row for row in _rows(folder / "queries.jsonl") if row["_id"] in gold]
    rng.shuffle(asked)
    asked = asked[: source.most]
    found = _near([row["text"] for row in asked], list(passages.values()), source.near * 6)
    for row, near in zip(asked, found, strict=True):
        own = [name for name in near if not source.within or passages[name][source.within] == row[source.within]]
        names = dict.fromkeys([*own[: source.near], *gold[row["_id"]]])
        group = _group(row, [passages[name] for name in names], gold[row["_id"]], source, rng)
        if any(group.answers):
            yield group


def _group(
    row: Mapping[str, Any],
    passages: Sequence[Mapping[str, Any]],
    gold: Sequence[str],
    source: Source,
    rng: random.Random,
) -> Group:
    right, wrong = list[Readable](), list[Readable]()
    for passage in passages:
        texts = _blocks(passage, code=source.folder == "cosqa")
        known = passage["_id"] in gold
        if source.quoted and not known:
            texts = rng.sample(texts, min(len(texts), source.blocks))
        for text in texts if source.quoted else texts[: source.blocks]:
            answers = known and (not source.quoted or share(terms_of(row["answer"]), terms_of(text)) >= ANSWERS)
            title = passage.get("title", "")
            (right if answers else wrong).append(Readable(text=f"{title}\n{text}", under=len(title)))
    kept = [*((block, True) for block in right[:3]), *((block, False) for block in wrong[: MOST - 3])]
    rng.shuffle(kept)
    return Group(
        source=source.folder,
        question=row.get("question", row["text"]),
        blocks=tuple(block for block, _ in kept),
        answers=tuple(answers for _, answers in kept),
    )


def _blocks(passage: Mapping[str, Any], *, code: bool) -> list[str]:
    text: str = passage["text"]
    if code:
        return [text[:LONGEST]]
    return [block.text[:LONGEST] for block in blocks_of(as_hit(text))] or [text[:LONGEST]]


def _near(questions: Sequence[str], passages: Sequence[Mapping[str, Any]], most: int) -> list[list[str]]:
    """Find the passages that share rare words with each question."""
    words: Any = TfidfVectorizer(sublinear_tf=True)
    matrix = words.fit_transform([f"{passage.get('title', '')} {passage['text']}" for passage in passages])
    scores = words.transform(questions) @ matrix.T
    found = list[list[str]]()
    for row in scores:
        order = sorted(zip(row.data.tolist(), row.indices.tolist(), strict=True), reverse=True)
        found.append([passages[place]["_id"] for _, place in order[:most]])
    return found


def _judged(file: Path) -> dict[str, list[str]]:
    known = defaultdict[str, list[str]](list)
    with file.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            if int(row["score"]) > 0:
                known[row["query-id"]].append(row["corpus-id"])
    return known


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
