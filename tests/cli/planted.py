"""A workspace whose questions name a rare word that leads astray, while the live weights believe words too much."""

import json
import random
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from hone.log.rows import Event, LoggedSearch
from hone.workspace import Workspace
from retriever.library.library import Library
from tests.training.promotions import follow, open_shop, write
from training.gate.rules import RULES
from training.plan import TrainingPlan

SUBJECTS = """
apples rivers violins penguins taxes poetry volcanoes carpets chess pasta galaxies horses umbrellas sculpture tulips
glaciers trumpets bakeries castles dolphins fencing gardens honey islands jazz kites lemons mosaics novels opera pearls
quilts rainbows sailing tea vaccines waltzes yoga zebras archery butterflies candles deserts eclipses football grapes
harbours insects jewels koalas libraries mountains nurseries owls puppets quarries roses snow
""".split()  # noqa: SIM905  # words read better in a text
CONSONANTS = "BDFGKLMNPRSTVZ"
PEOPLE = 25
ASKED, BROUGHT = 300, 260  # questions; a person brings most of them as a file too
SEED = 3
UNTIMED = replace(RULES, latency_slack_ms=10_000.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A question, the one document that answers it, and one that only holds its rarest word."""

    question: str
    document: str
    text: str
    astray: str


def planted(count: int, seed: int) -> list[Planted]:
    """Make questions on two subjects each that name a ticket, documents on both, and a note of each ticket."""
    drawn, made = random.Random(seed), dict[tuple[str, ...], Planted]()
    while len(made) < count:
        first, second = pair = tuple(sorted(drawn.sample(SUBJECTS, 2)))
        code = f"{drawn.choice(CONSONANTS)}{drawn.choice('AEIOU')}{drawn.choice(CONSONANTS)}{drawn.randint(100, 999)}"
        made.setdefault(
            pair,
            Planted(
                question=f"Ticket {code}: what do we have on {first} and {second}?",
                document=f"paper{len(made)}",
                text=f"An introduction to {first} and {second}.",
                astray=f"Ticket {code} was closed.",
            ),
        )
    return list(made.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrained:
    """A workspace that has learned from the planted log, and what the command said."""

    folder: Path  # with the workspace in `home`
    code: int
    said: str  # the verdict


@contextmanager
def the_same_everywhere() -> Generator[None]:
    """Encode as every processor does (bfloat16 moves scores), and let no clock decide."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("retriever.encoding.sentence.has_bfloat16", _without)
        patch.setitem(
            TrainingPlan.__init__.__kwdefaults__ or {}, "gate", UNTIMED
        )  # no option of the command changes it
        yield


def _without(device: str) -> bool:
    del device
    return False


def plant_all(folder: Path) -> None:
    """Make the workspace, pairs that a person brings, and a canary."""
    asked = planted(ASKED, SEED)
    plant(folder / "home", asked)
    write_pairs(folder / "pairs.jsonl", asked[-BROUGHT:])
    write_canary(folder / "canary", planted(60, SEED + 1))


def retrain_planted(folder: Path) -> Retrained:
    """Retrain as the command does, with every tier that so little allows."""
    given = ("--pairs", str(folder / "pairs.jsonl"), "--canary", str(folder / "canary"))
    done = CliRunner().invoke(app, ["--home", str(folder / "home"), "models", "retrain", *given, "--json"])
    return Retrained(folder=folder, code=done.exit_code, said=done.stdout)


def plant(home: Path, questions: Sequence[Planted]) -> None:
    """Make the workspace with the packaged encoder, and a log in which two people call each notice the right one."""
    workspace = open_shop(home, '[encoder]\nmodel = "default"\n')
    for item in questions:
        write(workspace, item.document, item.text)
        write(workspace, f"ticket for {item.document}", item.astray)
    follow(workspace)
    _use(workspace, questions)
    workspace.close()


def write_canary(folder: Path, questions: Sequence[Planted]) -> Path:
    """Write questions of the same kind as a BEIR folder."""
    (folder / "qrels").mkdir(parents=True)
    corpus = [(f"c{place}", item.text) for place, item in enumerate(questions)]
    corpus += [(f"t{place}", item.astray) for place, item in enumerate(questions)]
    _lines(folder / "corpus.jsonl", ({"_id": name, "title": "", "text": text} for name, text in corpus))
    _lines(
        folder / "queries.jsonl",
        ({"_id": f"q{place}", "text": item.question} for place, item in enumerate(questions)),
    )
    rows = "".join(f"q{place}\tc{place}\t1\n" for place in range(len(questions)))
    (folder / "qrels" / "test.tsv").write_text(f"query-id\tcorpus-id\tscore\n{rows}", encoding="utf-8")
    return folder


def write_pairs(path: Path, questions: Sequence[Planted]) -> Path:
    """Write what answers the questions as a file that a person brings."""
    _lines(path, ({"question": item.question, "document": item.document} for item in questions))
    return path


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
