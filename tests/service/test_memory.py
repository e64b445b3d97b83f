"""What people confirm lifts it for similar questions: for whom, how far, until when, and where it must not."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable

from eval.pinned import open_pinned
from eval.rating.store import RatingStore
from hone.log.confirmations import VECTORS, ConfirmationLog
from hone.log.rows import Event
from hone.progress import Silent
from hone.records import ADMIN, Asker, Hit, SearchResult
from hone.settings import read_settings
from hone.workspace import Workspace
from retriever.ranking.legs import MEMORY
from retriever.remembering.memory import AT_ONCE, open_memory
from retriever.searching.explain import explain
from retriever.searching.searcher import Question
from retriever.sources.sync import sync
from service.feedback import Given, Word
from service.service import Service
from tests.agents.workplace import ANA, BO, index
from training.forget_person import forget_person

CY, DI = Asker(name="cy"), Asker(name="di", groups=frozenset({"hr"}))
BOSS = Asker(name="boss", groups=frozenset({ADMIN}))
ASKED, AGAIN = "How often is the VPN password changed?", "how often is the VPN password changed again"
RIGHT = "wiki/parking.md"  # nothing in it answers: only people can have lifted it


def say(service: Service, asker: Asker, name: str = RIGHT, *, asked: str = ASKED, action: Given = "relevant") -> Event:
    """Search as somebody, and say something of a document or passage."""
    result = service.search(Question(text=asked, asker=asker))
    return service.feedback.give(Word(action=action, search_id=result.search_id, object_id=name), asker)


def found(service: Service, asker: Asker, text: str = AGAIN) -> SearchResult:
    return service.search(Question(text=text, asker=asker))


def hit_of(result: SearchResult, document: str = RIGHT) -> Hit:
    return next(hit for hit in result.hits if hit.document == document)


def order(result: SearchResult) -> list[tuple[str, float]]:
    return [(hit.passage, hit.score) for hit in result.hits]


def test_two_people_move_everybodys_results_and_it_is_told(service: Service) -> None:
    before = found(service, CY)
    assert MEMORY.name not in before.stages
    say(service, ANA)
    assert order(found(service, CY)) == order(before), "one person alone moves nobody else's"
    own = hit_of(found(service, ANA))
    assert own.rank < hit_of(before).rank
    assert own.confirmed is not None
    assert (own.confirmed.people, own.confirmed.you) == (1, True)
    say(service, BO)
    after = found(service, CY)
    hit, others = hit_of(after), [one for one in after.hits if one.document != RIGHT]
    assert hit.rank < hit_of(before).rank
    assert hit.confirmed is not None
    assert (hit.confirmed.people, hit.confirmed.you, hit.confirmed.admin, hit.confirmed.same) == (
        2,
        False,
        False,
        False,
    )
    assert 0 < hit.confirmed.nearness < 1
    assert [one.confirmed for one in others] == [None] * len(others)
    assert service.workspace.log.search(after.search_id).search.stages.keys() == after.stages.keys()
    assert hit.channels[MEMORY.name].rank == 1
    assert explain(service.searcher, Question(text=AGAIN, asker=CY), RIGHT).rank == hit.rank
    assert MEMORY.name not in found(service, CY, "Lunch in the cafeteria").stages, "another question"


def test_the_same_question_is_told_as_such(service: Service) -> None:
    say(service, BOSS)
    confirmed = hit_of(found(service, CY, ASKED.upper())).confirmed
    assert confirmed is not None
    assert (confirmed.admin, confirmed.same, confirmed.nearness) == (True, True, 1.0)


def test_what_is_taken_back_is_gone_and_what_is_denied_counts_against_it(service: Service) -> None:
    before = order(found(service, CY))
    said = say(service, ANA), say(service, BO)
    assert order(found(service, CY)) != before
    service.feedback.withdraw(said[1].event_id, BO)
    assert order(found(service, CY)) == before
    say(service, BO)
    assert order(found(service, CY)) != before
    say(service, DI, action="thumb_down")
    assert order(found(service, CY)) == before
    say(service, CY)
    say(service, Asker(name="ed"))
    assert hit_of(found(service, Asker(name="flo"))).confirmed, "four against one"
    say(service, BOSS, action="thumb_down")
    assert order(found(service, Asker(name="flo"))) == before, "an admin's word"


def test_what_an_asker_may_not_read_is_not_lifted_nor_told(service: Service) -> None:
    before = found(service, CY)
    for asker in (BO, DI, BOSS):
        if asker is not BOSS:
            say(service, asker, "hr/severance.md")
    after = found(service, CY)
    assert order(after) == order(before)
    assert after.stages.get(MEMORY.name, ()) == ()
    assert hit_of(found(service, DI), "hr/severance.md").confirmed


def test_closed_moved_and_gone_documents(service: Service) -> None:
    say(service, ANA)
    say(service, BO)
    home = service.workspace.home
    (home.parent / "wiki/lunch").mkdir()
    (home.parent / RIGHT).rename(home.parent / "wiki/lunch/parking.md")
    sync(service.workspace, [], Silent(), wait=0)
    assert hit_of(found(service, CY)).confirmed, "a document that is moved within its source stays itself"
    settings = (home / "hone.toml").read_text(encoding="utf-8")
    (home / "hone.toml").write_text(settings.replace('groups = ["everyone"]', 'groups = ["hr"]'), encoding="utf-8")
    other = Workspace(read_settings(home))
    index(other)
    closed = found(service, CY)
    assert [hit.document for hit in closed.hits] == []
    assert closed.stages.get(MEMORY.name, ()) == ()
    assert hit_of(found(service, DI)).confirmed
    (home.parent / "wiki/lunch/parking.md").unlink()
    index(other)
    other.close()
    gone = found(service, DI)
    assert RIGHT not in {hit.document for hit in gone.hits}
    assert gone.stages.get(MEMORY.name, ()) == ()


def test_a_forgotten_person_confirms_nothing_and_no_vector_of_theirs_stays(service: Service) -> None:
    before = order(found(service, CY))
    say(service, ANA)
    say(service, BO, asked="How often is the VPN password changed, please?")
    assert order(found(service, CY)) != before
    assert _vectors(service.workspace) == 2
    forget_person(service.workspace, "bo")
    assert order(found(service, CY)) == before
    assert _vectors(service.workspace) == 1
    forget_person(service.workspace, "ana")
    assert order(found(service, CY)) == before
    assert _vectors(service.workspace) == 0


def _vectors(workspace: Workspace) -> int:
    with workspace.log_database.read() as connection:
        return len(connection.execute(VECTORS.select()).all())


def test_nothing_is_learned_from_who_opted_out_until_they_opt_in_again(service: Service) -> None:
    before = order(found(service, CY))
    say(service, ANA)
    say(service, BO)
    service.optouts.add("bo")
    assert order(found(service, CY)) == before
    service.optouts.remove("bo")
    assert order(found(service, CY)) != before


def test_what_authors_say_of_their_own_documents_does_not_count(company: Callable[[str], Workspace]) -> None:
    service = Service(company('[training.authors]\n"wiki/**" = ["bo"]\n'))
    before = order(found(service, CY))
    say(service, ANA)
    say(service, BO)
    assert order(found(service, CY)) == before
    say(service, DI)
    assert order(found(service, CY)) != before
    service.close()


def test_a_thumb_for_an_answer_stands_for_what_it_cites(service: Service) -> None:
    run = service.ask("How many days of annual leave do full-time staff receive?", BOSS)
    list(run.tail())
    assert run.answer is not None
    (search_id, *_) = service.conversations.ask(run.answer.ask_id, BOSS).search_ids
    service.feedback.give(Word(action="thumb_up", search_id=search_id, ask_id=run.answer.ask_id), BOSS)
    result = found(service, CY, "How many days of annual leave do staff receive?")
    assert result.hits[0].document == "wiki/leave.md"
    assert result.hits[0].confirmed is not None
    assert result.hits[0].confirmed.admin


def test_an_admins_grade_counts_and_can_be_undone(service: Service) -> None:
    found(service, CY, ASKED)
    before = order(found(service, CY))
    walk = service.labelling.begin(BOSS, 30, Silent())
    graded = 0
    while (item := walk.item) is not None:
        walk.label(3 if item.hit.document == RIGHT and item.query == ASKED else 1)
        graded += item.hit.document == RIGHT and item.query == ASKED
    assert graded == 1
    lifted = hit_of(found(service, CY)).confirmed
    assert lifted is not None
    assert (lifted.people, lifted.admin) == (1, True)
    while walk.passed:
        walk.back()
        if walk.item is not None and walk.item.hit.document == RIGHT:
            walk.withdraw()
    assert order(found(service, CY)) == before
    assert not any(label.grade == 3 for label in RatingStore(service.workspace.home).labels())


def test_nothing_is_recalled_for_measuring_nor_where_it_is_switched_off(service: Service) -> None:
    say(service, ANA)
    say(service, BO)
    question, wanted = Question(text=AGAIN, asker=CY), Question(text=AGAIN, asker=CY, memory=True)
    (measured,) = service.searcher.search_all([question])
    assert MEMORY.name not in measured.stages
    live = service.workspace.registry.live()
    assert live is not None
    pinned = open_pinned(service.workspace, live)
    assert MEMORY.name not in pinned.search(question).stages
    pinned.close()
    asked_for = open_pinned(service.workspace, live, memory=True)
    assert [MEMORY.name in result.stages for result in asked_for.search_all([question, wanted])] == [False, True]
    asked_for.close()
    settings = service.workspace.settings
    off = Workspace(settings.model_copy(update={"search": settings.search.model_copy(update={"memory": False})}))
    quiet = Service(off)
    assert MEMORY.name not in found(quiet, CY).stages
    quiet.close()
    off.close()
    assert MEMORY.name in found(service, CY).stages


CONFIRM = """
import sys
from hone.face import Hone
from hone.records import Asker
from retriever.searching.searcher import Question
from service.service import Service
from service.feedback import Word
with Hone.open(sys.argv[1]) as hone:
    service = Service(hone.workspace)
    for name in ("ana", "bo"):
        asker = Asker(name=name)
        result = service.search(Question(text=sys.argv[2], asker=asker))
        service.feedback.give(Word(action="relevant", search_id=result.search_id, object_id=sys.argv[3]), asker)
    service.close()
"""


def test_what_another_process_confirms_counts_at_once(service: Service) -> None:
    before = order(found(service, CY))
    home = service.workspace.home
    subprocess.run([sys.executable, "-c", CONFIRM, home, ASKED, RIGHT], check=True, timeout=300)
    assert hit_of(found(service, CY)).confirmed
    assert order(found(service, CY)) != before


HALF = """
import os, signal, sys
import sqlalchemy as sa
from hone.face import Hone
from hone.log.rows import EVENTS, Event, note_change, to_row
with Hone.open(sys.argv[1]) as hone, hone.workspace.log_database.write() as connection:
    row = to_row(Event(action="relevant", search_id=sys.argv[2], person="ana", object_id=sys.argv[3]))
    connection.execute(sa.insert(EVENTS), row)
    note_change(connection)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_confirmation_is_whole_or_lost(service: Service) -> None:
    own = found(service, ANA, ASKED)
    said = ConfirmationLog(service.workspace.log_database)
    revision = said.revision()
    killed = subprocess.run(
        [sys.executable, "-c", HALF, service.workspace.home, own.search_id, RIGHT], check=False, timeout=300
    )
    assert killed.returncode == -signal.SIGKILL
    assert (said.revision(), said.confirmations()) == (revision, [])
    assert order(found(service, ANA, ASKED)) == order(own)


def test_of_many_questions_a_thread_encodes_what_a_search_does_not(service: Service) -> None:
    for number in range(AT_ONCE + 5):
        say(service, BOSS, asked=f"number{number} of the falcon{number}")
    service.searcher.memory = open_memory(service.workspace, service.library)  # as a process that has just begun
    with service.workspace.log_database.write() as connection:
        connection.execute(VECTORS.delete())
    deadline = time.monotonic() + 60
    wanted = [f"number{number} of the falcon{number}" for number in range(AT_ONCE + 5)]
    while any(MEMORY.name not in found(service, CY, text).stages for text in wanted):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert _vectors(service.workspace) == AT_ONCE + 5
