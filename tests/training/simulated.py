"""A simulated year of use, with 5 % attackers: for tests, and to measure with.

    python -m tests.training.simulated 100000

writes a log of so many searches, and prints what `hone searches stats` makes of it and how long that took.
"""

import random
import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from hone.log.rows import LoggedSearch
from hone.settings import read_settings
from hone.workspace import Workspace
from tests.training.office import MINUTE, NOW, SECOND, Office, shelved
from training.evidence.rules import EvidenceRules
from training.evidence.usable import Usable

WORDS = [f"{one}{two}" for one in "bdfgklmnprstvz" for two in ("ano", "eki", "ira", "olu", "uma", "ystra", "entor")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """How much happens in a simulated year."""

    searches: int = 2000
    documents: int = 100
    questions: int = 3  # that have their answer in one document
    people: int = 40
    attackers: float = 0.05  # of the people: whatever they ask, they call one document the right one
    silent: float = 0.6
    wrong: float = 0.1
    asks: float = 0.2  # of the searches are answered
    seed: int = 7


def target_of(question: int, year: Year) -> str:
    """Name the passage that answers a question."""
    return f"d{question // year.questions}.md#0"


def attacked(year: Year) -> str:
    """Name the passage that attackers are for."""
    return f"d{year.documents - 1}.md#1"


def simulate(office: Office, year: Year) -> Usable:
    """Fill an office's library and log, and see what is usable of it."""
    fill(office, year)
    return office.usable(EvidenceRules())


def fill(office: Office, year: Year) -> None:
    """Write a year into a library and a log."""
    drawn = random.Random(year.seed)
    texts = [" ".join(drawn.choices(WORDS, k=40)) for _ in range(2 * year.documents)]
    office.shelve(*(shelved(f"d{n}.md", *texts[2 * n : 2 * n + 2]) for n in range(year.documents)))
    asked = [" ".join(drawn.sample(WORDS, k=4)) + f" nr{n}" for n in range(year.documents * year.questions)]
    for number in range(year.searches):
        _turn(office, year, drawn, asked, number)
        if number % 5000 == 4999:
            office.write()
    office.write()


def _turn(office: Office, year: Year, drawn: random.Random, asked: list[str], number: int) -> None:
    person = drawn.randrange(year.people)
    question = min(int(drawn.paretovariate(0.6)) - 1, len(asked) - 1) if drawn.random() < 0.3 else None
    question = drawn.randrange(len(asked)) if question is None else question
    target, enemy = target_of(question, year), person < year.attackers * year.people
    at = NOW - timedelta(days=180) + timedelta(days=180) * (number / year.searches)
    found = min(int(drawn.expovariate(0.35)), 15)  # how many wrong ones stand above the right one
    shown = [f"d{drawn.randrange(year.documents)}.md#{drawn.randrange(2)}" for _ in range(10)]
    shown = [name for name in dict.fromkeys(shown) if name != target]
    if enemy and attacked(year) not in shown:
        shown[4:5] = [attacked(year)]
    if found < 10:
        shown.insert(found, target)
    search = office.search(f"p{person}", asked[question], shown[:10], at, search_id=f"s{number}")
    if enemy:
        office.act(search, "relevant", attacked(year), event_id=f"s{number}e0")
    elif drawn.random() >= year.silent:
        _use(office, year, drawn, search, target)


def _use(office: Office, year: Year, drawn: random.Random, search: LoggedSearch, target: str) -> None:
    name = f"{search.search_id}e"
    if drawn.random() < year.asks and target in search.shown:
        ask = office.ask([search], [target], ask_id=f"a{search.search_id}")
        office.act(search, "open", target, attributes={"ask_id": ask.ask_id}, event_id=f"{name}1")
        if drawn.random() < 0.3:
            office.act(search, "thumb_up", attributes={"ask_id": ask.ask_id}, event_id=f"{name}2")
        return
    for rank, passage in enumerate(search.shown, 1):
        looked = drawn.random() < rank**-0.7
        if looked and drawn.random() < (1 - year.wrong if passage == target else year.wrong / 5):
            office.act(search, "click", passage, event_id=f"{name}{rank}")
            if passage == target and drawn.random() < 0.1:
                office.act(search, "relevant", passage, event_id=f"{name}r")
            return
    if drawn.random() < 0.3:  # nothing found: the same in other words, which works
        words = search.query.split()
        again = office.search(
            search.person,
            " ".join((*words[1:], "please")),
            list(dict.fromkeys((target, *search.shown)))[:10],
            search.timestamp + MINUTE,
            search_id=f"{search.search_id}again",
        )
        office.act(again, "click", target, event_id=f"{name}a", timestamp=again.timestamp + 5 * SECOND)


def main(searches: int) -> None:
    from cli.searches_stats import print_stats
    from training.evidence.stats import stats_of

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "hone.toml").write_text('[encoder]\nmodel = "hash"\n', encoding="utf-8")
        office = Office(workspace=Workspace(read_settings(home)))
        year = Year(searches=searches, documents=max(100, searches // 100), people=max(40, searches // 250))
        fill(office, year)
        before = time.perf_counter()
        usable = office.usable()
        took = time.perf_counter() - before
        print_stats(stats_of(usable))
        used = {item.kind for item in usable.evidence if item.passage == attacked(year)}
        print(f"\n{took:.1f} s; at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")  # noqa: T201
        print(f"kinds of evidence for the attacked passage: {sorted(used)}")  # noqa: T201
        office.workspace.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
