"""A workspace whose questions are found by a rare word, while the live weights believe meaning more."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hone.logged import Event, LoggedSearch
from hone.workspace import Workspace
from retriever.library.library import Library
from tests.training.promotions import follow, open_shop, write

PARTS = ("pump", "valve", "boiler", "sensor")
FAULTS = ("overheats", "stops without warning", "leaks oil", "loses power")
DECOYS = 96  # six for each part and fault: nearer in meaning than the notice that holds the order number
CONSONANTS = "BDFGKLMNPRSTVZ"
PEOPLE = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A question and the one document that answers it."""

    question: str
    document: str
    text: str


def planted(count: int, seed: int) -> list[Planted]:
    """Make questions that name an order number, and notices that hold it and otherwise speak of other things."""
    drawn, made = random.Random(seed), dict[str, Planted]()
    while len(made) < count:
        code = f"{drawn.choice(CONSONANTS)}{drawn.choice('AEIOU')}{drawn.choice(CONSONANTS)}{drawn.randint(100, 999)}"
        shelf, torque, ring = (drawn.randint(low, high) for low, high in ((1, 90), (10, 99), (2, 40)))
        made[code] = Planted(
            question=f"What do I do when the {drawn.choice(PARTS)} {code} {drawn.choice(FAULTS)}?",
            document=f"notice{len(made)}",
            text=f"Parts list. Kept in cupboard {shelf}. Order number {code}. Torque {torque} Nm, ring {ring} mm.",
        )
    return list(made.values())


def plant(home: Path, questions: Sequence[Planted]) -> None:
    """Make the workspace with the packaged encoder, and a log in which two people call each notice the right one."""
    workspace = open_shop(home, '[encoder]\nmodel = "default"\n')
    for item in questions:
        write(workspace, item.document, item.text)
    for name, text in _decoys():
        write(workspace, name, text)
    follow(workspace)
    _use(workspace, questions)
    workspace.close()


def write_canary(folder: Path, questions: Sequence[Planted]) -> Path:
    """Write questions of the same kind as a BEIR folder: a stranger to the library, and found by words too."""
    (folder / "qrels").mkdir(parents=True)
    corpus = [(f"c{place}", item.text) for place, item in enumerate(questions)] + list(_decoys())
    _lines(folder / "corpus.jsonl", ({"_id": name, "title": "", "text": text} for name, text in corpus))
    _lines(
        folder / "queries.jsonl",
        ({"_id": f"q{place}", "text": item.question} for place, item in enumerate(questions)),
    )
    rows = "".join(f"q{place}\tc{place}\t1\n" for place in range(len(questions)))
    (folder / "qrels" / "test.tsv").write_text(f"query-id\tcorpus-id\tscore\n{rows}", encoding="utf-8")
    return folder


def _decoys() -> Iterator[tuple[str, str]]:
    for number in range(DECOYS):
        part, fault = PARTS[number % len(PARTS)], FAULTS[number // len(PARTS) % len(FAULTS)]
        yield f"decoy{number}", f"What to do when the {part} {fault}: call the foreman of shift {number}."


def _use(workspace: Workspace, questions: Sequence[Planted]) -> None:
    library, began = Library(workspace.database), datetime.now(UTC) - timedelta(days=20)
    searches, events = list[LoggedSearch](), list[Event]()
    for place, item in enumerate(questions):
        passage = library.passages(item.document)[0].id
        for turn in range(2):
            at, person = began + timedelta(hours=1.5 * place, minutes=20 * turn), f"p{(place + turn) % PEOPLE}"
            name = f"s{place}-{turn}"
            searches.append(
                LoggedSearch(
                    search_id=name,
                    person=person,
                    query=item.question,
                    timestamp=at,
                    shown=(passage,),
                    documents=(item.document,),
                )
            )
            events.append(
                Event(
                    action="relevant",
                    search_id=name,
                    person=person,
                    object_id=passage,
                    ordinal=1,
                    timestamp=at + timedelta(seconds=20),
                )
            )
    workspace.log.add(searches, events)


def _lines(path: Path, rows: Iterator[dict[str, str]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
