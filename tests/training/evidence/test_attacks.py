"""People who would teach the retriever something: none of them gets far."""

from datetime import timedelta

from hone.log.rows import Event
from retriever.library.librarian import Librarian
from tests.training.office import MINUTE, MORNING, NOW, SECOND, Office, reasons
from tests.training.simulated import Year, attacked, simulate
from training.evidence.rules import EvidenceRules
from training.evidence.usable import Usable

VPN, LEAVE, BADGE = "vpn.md#0", "leave.md#0", "badge.md#1"
EVE = EvidenceRules(opted_out=frozenset({"eve"}))


def targets(usable: Usable) -> set[str]:
    return {item.target for item in usable.judgments}


def clicked(office: Office, person: str, passage: str = VPN, query: str = "vpn token", minutes: float = 0) -> Event:
    search = office.search(person, query, (LEAVE, VPN, BADGE), MORNING + minutes * MINUTE)
    return office.act(search, "click", passage)


def test_one_person_clicking_a_thousand_times_in_an_hour_is_quarantined(office: Office) -> None:
    search = office.search("eve", "vpn token", (LEAVE, BADGE))
    for number in range(1000):
        office.act(search, "click", BADGE, timestamp=MORNING + number * SECOND)
    clicked(office, "ana")
    clicked(office, "bo")
    usable = office.usable()
    assert targets(usable) == {VPN}
    assert reasons(usable)["quarantined: a burst by one person"] == 1000


def test_a_thousand_clicks_over_weeks_are_one_and_one_is_none(office: Office) -> None:
    for number in range(1000):
        search = office.search("eve", "vpn token", (BADGE,), NOW - timedelta(minutes=30 * number + 60))
        office.act(search, "click", BADGE)
    usable = office.usable()
    assert usable.judgments == ()
    assert reasons(usable) == {
        "repeated by the same person": 999,
        "only implicit, and no one else agrees": 1,
    }


def test_two_people_are_believed_and_nobody_in_particular_is_one_person(office: Office) -> None:
    clicked(office, "", VPN)
    clicked(office, "", VPN, minutes=5)
    assert targets(office.usable()) == set()
    clicked(office, "ana", VPN, query="VPN token?")
    assert targets(office.usable()) == {VPN}


def test_what_an_answer_cites_is_believed_when_somebody_opens_just_that(office: Office) -> None:
    for passage, opened in ((VPN, True), (BADGE, False)):
        search = office.search("ana", f"{passage} rules", (passage,), MORNING)
        ask = office.ask([search], [passage])
        if opened:
            office.act(search, "open", passage, attributes={"ask_id": ask.ask_id})
    usable = office.usable()
    assert targets(usable) == {VPN}
    assert reasons(usable)["only the answer cited it, and no one agrees"] == 1


def test_five_per_cent_who_are_for_one_document_are_capped(office: Office) -> None:
    year = Year(searches=3000, people=40, documents=60)
    usable = simulate(office, year)
    bought = [item for item in usable.judgments if item.passage == attacked(year)]
    votes = sum(item.kind == "relevant" and item.passage == attacked(year) for item in usable.found)
    assert votes > 100
    assert len(bought) <= 2 * EvidenceRules().person_document
    assert sum(item.weight for item in bought) < 0.1 * sum(item.weight for item in usable.judgments)


def test_a_document_can_not_be_for_everything_however_many_say_so(office: Office) -> None:
    for number in range(60):
        search = office.search(f"eve{number}", f"question number{number} about thing{number}", (BADGE,))
        office.act(search, "relevant", BADGE, timestamp=MORNING + number * 25 * MINUTE)
    for number in range(4):
        search = office.search("ana", f"vpn token{number}", (VPN,), MORNING)
        office.act(search, "relevant", VPN)
    judged = [item.target for item in office.usable().judgments]
    assert judged.count(VPN) == 4
    assert (
        judged.count(BADGE) == 40  # ten times what the other document has
    )


def test_a_burst_at_night_on_one_document_is_quarantined(office: Office) -> None:
    night = NOW.replace(hour=3) - timedelta(days=2)
    for number in range(100):
        search = office.search(f"bot{number}", f"question number{number}", (BADGE,), night + number * 20 * SECOND)
        office.act(search, "relevant", BADGE)
    clicked(office, "ana")
    clicked(office, "bo")
    usable = office.usable()
    assert targets(usable) == {VPN}
    assert reasons(usable)["quarantined: a burst on one document"] == 100


def test_nobody_votes_for_their_own_document(office: Office) -> None:
    for person in ("eve", "ana"):
        search = office.search(person, "vpn token", (VPN, BADGE))
        office.act(search, "relevant", BADGE if person == "eve" else VPN)
    usable = office.usable(EvidenceRules(authors={"badge.md": frozenset({"eve"})}))
    assert targets(usable) == {VPN}
    assert reasons(usable) == {"the person's own document": 1}


def test_replayed_events_count_once(office: Office) -> None:
    search = office.search("ana", "vpn token", (VPN,))
    for _ in range(5):
        office.act(search, "relevant", VPN)
    usable = office.usable()
    (judgment,) = usable.judgments
    assert (judgment.people, judgment.weight, len(judgment.grounds)) == (1, 0.896541, 1)  # a day old
    assert reasons(usable) == {"repeated by the same person": 4}


def test_clocks_that_are_wrong_are_not_believed(office: Office) -> None:
    search = office.search("ana", "vpn token", (VPN, BADGE, LEAVE))
    office.act(search, "relevant", VPN, timestamp=MORNING - MINUTE)
    office.act(search, "relevant", BADGE, timestamp=NOW + timedelta(days=900))
    office.act(search, "click", LEAVE, timestamp=MORNING + timedelta(hours=25))
    ahead = office.search("ana", "canteen menu", ("canteen.md#0",), NOW + timedelta(days=400))
    office.act(ahead, "relevant", "canteen.md#0")
    usable = office.usable()
    assert usable.judgments == ()
    assert reasons(usable) == {"dated before its search": 1, "dated in the future": 2, "long after its search": 1}


def test_two_machines_may_differ_by_seconds_and_words_may_come_late(office: Office) -> None:
    search = office.search("ana", "vpn token", (VPN, LEAVE))
    office.act(search, "relevant", VPN, timestamp=MORNING - 2 * SECOND)
    office.act(search, "relevant", LEAVE, timestamp=NOW)
    assert targets(office.usable()) == {VPN, LEAVE}


def test_evidence_ages_and_is_gone_after_years(office: Office) -> None:
    for days, passage in ((0, VPN), (180, LEAVE), (1000, BADGE)):
        search = office.search("ana", "vpn token", (VPN, LEAVE, BADGE), MORNING - timedelta(days=days))
        office.act(search, "relevant", passage)
    usable = office.usable()
    weights = {item.target: item.weight for item in usable.judgments}
    assert weights.keys() == {VPN, LEAVE}
    assert abs(weights[LEAVE] / weights[VPN] - 0.5) < 0.01
    assert reasons(usable) == {"too old": 1}


def test_an_imported_log_is_placed_by_documents_and_the_unknown_is_left_out(office: Office) -> None:
    for person in ("ana", "bo"):
        search = office.search(person, "vpn token", ("vpn.md", "intranet/17"), documents=(), imported=True)
        office.act(search, "click", "vpn.md")
        office.act(search, "click", "intranet/17")
    usable = office.usable()
    (judgment,) = usable.judgments
    assert (judgment.passage, judgment.document, judgment.people) == ("", "vpn.md", 2)
    assert reasons(usable) == {"the document was deleted, or was never indexed": 2}


def test_deleted_documents_are_gone_and_those_cut_anew_are_kept_as_a_whole(office: Office) -> None:
    for passage, documents in ((BADGE, ("badge.md",)), ("vpn.md#old", ("vpn.md",))):
        search = office.search("ana", "token", (passage,), documents=documents)
        office.act(search, "relevant", passage)
    Librarian(office.workspace.database).remove(["badge.md"])
    usable = office.usable()
    assert [(item.passage, item.document) for item in usable.judgments] == [("", "vpn.md")]


def test_what_not_everybody_may_read_is_learned_only_where_that_is_allowed(office: Office) -> None:
    search = office.search("bo", "severance", ("severance.md#0",), groups=frozenset({"hr"}))
    office.act(search, "relevant", "severance.md#0")
    assert reasons(office.usable()) == {"not everyone can access the document": 1}
    allowed = office.usable(EvidenceRules(restricted=True))
    assert targets(allowed) == {"severance.md#0"}
    assert allowed.restricted == {"severance.md"}


def test_who_opted_out_is_not_read_at_all(office: Office) -> None:
    for person in ("eve", "ana"):
        search = office.search(person, "vpn token", (VPN, BADGE))
        office.act(search, "relevant", BADGE if person == "eve" else VPN)
        office.ask([search], [VPN])
    usable = office.usable(EVE)
    assert targets(usable) == {VPN}
    assert (usable.assistant, usable.asks) == (1, 1)
    assert reasons(usable)["the person opted out"] == 1
