"""A twentieth of all people push one wrong document for one question."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hone.log.rows import Event
from hone.progress import Silent
from hone.records import Asker, SearchResult
from hone.workspace import Workspace
from retriever.remembering.lifts import RISE
from retriever.searching.searcher import Question, Searcher
from retriever.sources.sync import sync

PEOPLE, SEEDS = 60, 20
ATTACKERS = PEOPLE // 20
DOCUMENTS = 40
ASKED = "falcon moult feather beak weather glove"


@pytest.fixture
def searcher(make_workspace: Callable[..., Workspace], tmp_path: Path) -> Iterator[Searcher]:
    """Sixty people who have searched, and documents of which each has other words of the question."""
    (tmp_path / "wiki").mkdir()
    drawn = random.Random(1)
    for number in range(DOCUMENTS):
        words = " ".join(drawn.choices(ASKED.split(), k=number % 5) + [f"word{number}x{place}" for place in range(9)])
        (tmp_path / f"wiki/{number}.md").write_text(f"# Number{number}\n\n{words}.\n", encoding="utf-8")
    workspace = make_workspace('[[sources]]\nname = "wiki"\npath = "../wiki"\ngroups = ["everyone"]\n')
    sync(workspace, [], Silent(), wait=0)
    searcher = Searcher(workspace)
    for number in range(PEOPLE):
        asked(searcher, f"p{number}", ASKED if number % 2 else f"number{number}")
    yield searcher
    searcher.close()


def asked(searcher: Searcher, person: str, text: str = ASKED) -> SearchResult:
    return searcher.search(Question(text=text, asker=Asker(name=person), hits=DOCUMENTS, per_document=1))


def confirm(searcher: Searcher, person: str, document: str) -> Event:
    event = Event(action="relevant", search_id=asked(searcher, person).search_id, person=person, object_id=document)
    searcher.workspace.log.record_event(event)
    return event


def place(result: SearchResult, document: str) -> int:
    return [hit.document for hit in result.hits].index(document)


def test_the_pushed_document_rises_by_less_than_five_places(searcher: Searcher) -> None:
    plain = {text: asked(searcher, "victim", text) for text in (ASKED, f"{ASKED} please")}
    before, risen = plain[ASKED], list[int]()
    for seed in range(SEEDS):
        drawn = random.Random(seed)
        pushed = before.hits[drawn.randrange(6, DOCUMENTS)].document
        enemies = drawn.sample(range(PEOPLE), ATTACKERS)
        said = [confirm(searcher, f"p{number}", pushed) for number in enemies]
        honest = [f"p{number}" for number in range(PEOPLE) if number not in enemies][: seed % 3 * 2]
        said += [confirm(searcher, name, before.hits[0].document) for name in honest]
        for text, page in plain.items():
            risen.append(place(page, pushed) - place(asked(searcher, "victim", text), pushed))
        for event in said:
            assert searcher.workspace.log.withdraw(event.event_id, event.person)
    assert max(risen) <= RISE < 5
    assert max(risen) > 0, "it was an attack"


def test_more_than_a_twentieth_may_lift_it_all_the_way(searcher: Searcher) -> None:
    before = asked(searcher, "victim")
    pushed = before.hits[-1].document
    for number in range(ATTACKERS):
        confirm(searcher, f"p{number}", pushed)
    assert place(before, pushed) - place(asked(searcher, "victim"), pushed) <= RISE
    for number in range(ATTACKERS, 2 * ATTACKERS):
        confirm(searcher, f"p{number}", pushed)
    assert place(asked(searcher, "victim"), pushed) == 0
