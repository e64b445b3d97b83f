"""The worlds: documents, and questions with what is known about their answers."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.questionsets import turns_of
from benchmarks.retrieval import SETS, Part, half_of, judgments
from eval.data.questions import read_questions_file
from eval.records import EvalQuestion
from hone.settings import Settings
from sample import QUESTIONS

FEWEST = 20  # questions of a kind that a draw keeps, where it has as many: shares of fewer say nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldQuestion:
    """A question with its kind, and what else may stand for the right documents."""

    question: EvalQuestion  # its contexts are the words that answer, verbatim
    kind: str
    also_ok: tuple[str, ...] = ()  # documents that answer too: hits, and never required


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Somebody's documents, and where the questions on them are."""

    name: str
    documents: Path | None  # none: the sample company's own
    ignore: tuple[str, ...] = ()
    read: Callable[[Settings], Sequence[WorldQuestion]]


def known_worlds(data: Path, part: Part) -> Mapping[str, World]:
    """List the worlds of the data folder; of sets with splits only one part is asked."""
    worlds = [
        World(name="sample", documents=None, read=_read_sample),
        *(_handbook(data, name) for name in ("18f", "sourcegraph")),
        *(
            World(name=name, documents=data / name, read=lambda _, name=name: _read_beir(data / name, part))
            for name in ("policyqa", "covid-qa", "mtrag", "multihop")
        ),
    ]
    return {world.name: world for world in worlds}


def world_of_folder(folder: Path) -> World:
    """Make a world of a folder with documents and a questions.jsonl beside them."""
    file = folder / "questions.jsonl"
    return World(
        name=folder.resolve().name,
        documents=folder,
        ignore=("/questions.jsonl",),
        read=lambda _: list(_handbook_questions(file)),
    )


def drawn(questions: Sequence[WorldQuestion], count: int, seed: int) -> list[WorldQuestion]:
    """Draw questions by seed, each kind by its share but none below `FEWEST`; the order is drawn too."""
    kinds: dict[str, list[WorldQuestion]] = defaultdict(list)
    for item in sorted(questions, key=lambda item: _lot(item, seed)):
        kinds[item.kind].append(item)
    quotas = {
        kind: min(len(found), max(FEWEST, round(count * len(found) / len(questions)))) for kind, found in kinds.items()
    }
    while (over := sum(quotas.values()) - count) > 0:
        largest = max(quotas, key=lambda kind: quotas[kind])
        quotas[largest] -= max(1, min(over, quotas[largest] - FEWEST))
    chosen = [item for kind, found in kinds.items() for item in found[: quotas[kind]]]
    return sorted(chosen, key=lambda item: _lot(item, seed))


def _lot(item: WorldQuestion, seed: int) -> str:
    return hashlib.sha256(f"{seed}:{item.question.id}".encode()).hexdigest()


def _handbook(data: Path, name: str) -> World:
    file = data / "questions" / name / "questions.jsonl"
    return World(name=name, documents=data / f"handbook-{name}", read=lambda _: list(_handbook_questions(file)))


def _handbook_questions(file: Path) -> Iterator[WorldQuestion]:
    for row in _rows(file):
        question = EvalQuestion(
            id=row["_id"],
            text=row["text"],
            history=turns_of(row.get("history", []), row["text"])[:-1],
            gold=dict.fromkeys(row["gold"], 1.0),
            reference=row["answer"],
            contexts=tuple(row["quote"]),
            answerable=row["kind"] != "none",
        )
        yield WorldQuestion(question=question, kind=row["kind"], also_ok=tuple(row["also_ok"]))


def _read_sample(settings: Settings) -> list[WorldQuestion]:
    read = read_questions_file(QUESTIONS, settings).questions
    return [WorldQuestion(question=question, kind=_kind_in_sample(question)) for question in read]


def _kind_in_sample(question: EvalQuestion) -> str:
    if not question.answerable:
        return "denied" if "denied" in question.tags else "none"
    if question.history:
        return "followup"
    return "multi" if "multi" in question.tags else "single"


def _read_beir(folder: Path, part: Part) -> list[WorldQuestion]:
    """Read a set in BEIR form; what nothing answers has no judgments, and belongs to a half by its own id."""
    sets = [item for item in SETS if item.folder == folder.name]
    known = {name: gold for item in sets for name, gold in judgments(item, folder, part).items()}
    halved = sets[0].development is None
    rows = _rows(folder / "queries.jsonl")
    return [
        WorldQuestion(question=_beir_question(row, known.get(row["_id"], {})), kind=_kind_in_beir(row))
        for row in rows
        if row["_id"] in known or (halved and "answerability" in row and half_of(row["_id"]) == part)
    ]


def _beir_question(row: Mapping[str, Any], gold: Mapping[str, int]) -> EvalQuestion:
    spans = [row["answer"]] if "answer" in row else row.get("answers", [])
    question = EvalQuestion(
        id=row["_id"],
        text=row["text"],
        history=turns_of(row.get("history", []), row["text"])[:-1],
        gold={name: float(grade) for name, grade in gold.items()},
        reference=row.get("reference", "") or " / ".join(spans),
        contexts=tuple(span for span in spans if span.lower() not in ("yes", "no")),
        answerable=True,
    )
    judged = {"UNANSWERABLE": False, "PARTIAL": None, "UNDERSPECIFIED": None}
    return replace(question, answerable=judged.get(row.get("answerability", ""), True))


def _kind_in_beir(row: Mapping[str, Any]) -> str:
    return str(row.get("answerability") or row.get("dataset") or "single").lower()


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
