"""What the log says of passages, kind by kind; what it does not say is counted."""

from datetime import UTC, datetime, timedelta

from eval.rating.judge import passage_key, query_key
from eval.rating.store import RatingStore
from hone.log.rows import LoggedSearch
from retriever.library.library import Library
from retriever.searching.hits import hit_of
from tests.training.office import MINUTE, MORNING, SECOND, Office, reasons
from training.evidence.usable import Usable, find_usable
from training.records import RelevanceEvidence

VPN, LEAVE, BADGE = "vpn.md#0", "leave.md#0", "badge.md#1"


def told(usable: Usable) -> set[tuple[str, str, str]]:
    return {(item.query, item.target, item.kind) for item in usable.found}


def one(usable: Usable, kind: str) -> RelevanceEvidence:
    (found,) = [item for item in usable.found if item.kind == kind]
    return found


def test_what_is_said_and_done_to_a_hit_is_evidence(office: Office) -> None:
    search = office.search("ana", "vpn token", (LEAVE, VPN))
    events = [office.act(search, action, VPN) for action in ("click", "open", "relevant")]
    usable = office.usable()
    assert told(usable) == {("vpn token", VPN, kind) for kind in ("click", "taken", "relevant")}
    click = one(usable, "click")
    assert (click.person, click.rank, click.document, click.grounds) == ("ana", 2, "vpn.md", (events[0].event_id,))


def test_what_was_passed_over_is_no_evidence(office: Office) -> None:
    search = office.search("ana", "vpn token", (LEAVE, VPN))
    office.act(search, "relevant", VPN)
    assert {item.target for item in office.usable().judgments} == {VPN}


def test_a_thumb_shares_its_weight_among_what_the_answer_cited(office: Office) -> None:
    search = office.search("ana", "vpn token", (VPN, LEAVE))
    ask = office.ask([search], [VPN, LEAVE])
    office.act(search, "thumb_up", attributes={"ask_id": ask.ask_id})
    thumbs = [item for item in office.usable().found if item.kind == "thumb_up"]
    assert {(item.passage, item.weight, item.grade) for item in thumbs} == {(VPN, 0.35, 2), (LEAVE, 0.35, 2)}


def test_only_claims_that_passed_their_check_count(office: Office) -> None:
    search = office.search("ana", "vpn token", (VPN, LEAVE))
    citation = {"passage": VPN, "document": "vpn.md"}
    office.ask([search], [], claims=({"text": "No.", "support": "unsupported", "citations": [citation]},))
    assert office.usable().found == ()


def test_sub_questions_count_with_the_passages_that_they_showed(office: Office) -> None:
    first, second = office.search("ana", "vpn token", (VPN,)), office.search("ana", "annual leave", (LEAVE,))
    ask = office.ask([first, second], [VPN, LEAVE], question="vpn and leave?")
    office.act(first, "thumb_up", attributes={"ask_id": ask.ask_id})
    thumbs = {place[:2] for place in told(office.usable()) if place[2] == "thumb_up"}
    both = {("vpn and leave?", VPN), ("vpn and leave?", LEAVE)}
    assert thumbs == both | {("vpn token", VPN), ("annual leave", LEAVE)}


def test_a_follow_up_counts_as_it_was_understood(office: Office) -> None:
    search = office.search("ana", "vpn how often", (VPN,))
    office.ask([search], [VPN], question="how often?", plan={"standalone": "vpn how often"})
    assert {item.query for item in office.usable().found} == {"vpn how often"}


def accepted_after(office: Office, question: str, minutes: float) -> bool:
    search = office.search("ana", "vpn token lost", (VPN,))
    office.ask([search], [VPN])
    office.search("ana", question, (LEAVE,), MORNING + minutes * MINUTE)
    return any(item.kind == "accepted" for item in office.usable().found)


def test_something_else_next_means_that_the_answer_did(office: Office) -> None:
    assert accepted_after(office, "parking garage hours", 3)


def test_the_same_in_other_words_means_that_it_did_not(office: Office) -> None:
    assert not accepted_after(office, "lost my vpn token what now", 3)


def test_nor_does_what_was_opened_before_asking_again(office: Office) -> None:
    search = office.search("ana", "vpn token lost", (VPN,))
    ask = office.ask([search], [VPN])
    office.act(search, "open", VPN, attributes={"ask_id": ask.ask_id})
    office.search("ana", "lost my vpn token what now", (LEAVE,), MORNING + MINUTE)
    assert {item.kind for item in office.usable().found} == {"cited"}


def test_going_away_means_nothing(office: Office) -> None:
    assert not accepted_after(office, "parking garage hours", 45)


def test_an_answer_that_was_used_is_accepted_unless_its_thumb_is_down(office: Office) -> None:
    for person, thumb in (("ana", ""), ("bo", "thumb_down")):
        search = office.search(person, "vpn token", (VPN,))
        ask = office.ask([search], [VPN])
        office.act(search, "copy", attributes={"ask_id": ask.ask_id})
        if thumb:
            office.act(search, thumb, attributes={"ask_id": ask.ask_id})
    found = office.usable().found
    assert {item.person for item in found if item.kind == "accepted"} == {"ana"}
    assert {(item.person, item.grade) for item in found if item.kind == "thumb_down"} == {("bo", 0)}


def test_a_thumb_down_weakens_and_hardly_condemns(office: Office) -> None:
    for number, (person, action) in enumerate((("ana", "thumb_up"), ("bo", "thumb_down"), ("cy", "thumb_down"))):
        search = office.search(person, "vpn token", (VPN,), MORNING + number * MINUTE)
        ask = office.ask([search], [VPN])
        office.act(search, action, attributes={"ask_id": ask.ask_id})
    (judgment,) = office.usable().judgments
    assert judgment.grade == 2
    assert 0.6 < judgment.weight < 0.72


def chain(office: Office, *wordings: str, step: timedelta = MINUTE, person: str = "ana") -> LoggedSearch:
    search = None
    for number, wording in enumerate(wordings):
        search = office.search(person, wording, (VPN,), MORNING + number * step)
    assert search is not None
    return search


def test_the_last_success_counts_half_for_the_wordings_before_it(office: Office) -> None:
    last = chain(office, "token vpn lost", "vpn token gone", "vpn token replacement")
    office.act(last, "relevant", VPN)
    found = office.usable().found
    before = {(item.query, item.weight, item.grade) for item in found if item.kind == "reworded"}
    assert before == {("token vpn lost", 0.45, 2), ("vpn token gone", 0.45, 2)}


def test_a_question_on_another_subject_or_much_later_is_no_rewording(office: Office) -> None:
    office.act(chain(office, "canteen lunch", "vpn token"), "relevant", VPN)
    office.act(chain(office, "vpn token now", "vpn token then", step=timedelta(hours=2), person="bo"), "relevant", VPN)
    assert {item.kind for item in office.usable().found} == {"relevant"}


def test_a_rewording_that_was_said_to_be_one_needs_no_common_word(office: Office) -> None:
    first = office.search("ana", "can't log in from home", (LEAVE,))
    office.act(first, "reformulate", attributes={"reason": "vpn token"})
    second = office.search("ana", "vpn token", (VPN,), MORNING + MINUTE)
    office.act(second, "relevant", VPN)
    assert ("can't log in from home", VPN, "reworded") in told(office.usable())


def test_what_can_not_be_placed_is_counted(office: Office) -> None:
    search = office.search("ana", "vpn token", (VPN,))
    office.act(search, "click", "canteen.md#0")
    office.act(search, "click", VPN, search_id="nobody-knows")
    office.act(search, "click", VPN, person="bo")
    office.act(search, "thumb_up")
    office.act(search, "hovered", VPN)
    usable = office.usable()
    assert usable.found == ()
    assert reasons(usable) == {
        "its result was not shown": 1,
        "its search is not in the log": 1,
        "another person's search": 1,
        "nothing was cited": 1,
        "an unknown action": 1,
    }


def test_labels_are_found_again_by_their_hashes_and_decide(office: Office) -> None:
    search = office.search(
        "ana", "vpn  token", (VPN, LEAVE), datetime.now(UTC) - MINUTE
    )  # labels bear the time they are given
    office.act(search, "relevant", LEAVE)
    office.write()
    placed = Library(office.workspace.database).place([VPN, LEAVE])
    store = RatingStore(office.workspace.home)
    for person, passage, grade in (("root", VPN, 3), ("eve", VPN, 2), ("root", LEAVE, 0)):
        keys = query_key("vpn token"), passage_key(hit_of(placed[passage], 1))
        store.keep_label(keys, person, grade)
    store.keep_label((query_key("never asked"), "x"), "root", 3)
    store.close()
    usable = find_usable(office.workspace)
    assert {(item.passage, item.grade, item.weight) for item in usable.judgments} == {(VPN, 3, 1.0), (LEAVE, 0, 1.0)}
    assert reasons(usable)["its question or text was deleted"] == 1


def test_nobody_is_named_in_what_leaves_the_process(office: Office) -> None:
    search = office.search("ana-the-person", "vpn token", (VPN,))
    office.act(search, "relevant", VPN)
    assert "ana-the-person" not in repr(office.usable().judgments)


def test_the_same_log_gives_the_same_in_whatever_order_it_came(office: Office) -> None:
    for person in ("bo", "ana"):
        search = office.search(person, "vpn token", (VPN, LEAVE))
        office.act(search, "click", VPN, timestamp=MORNING + 10 * SECOND)
    first, again = office.usable(), office.usable()
    assert (first.fingerprint, first.judgments) == (again.fingerprint, again.judgments)
    late = office.search("cy", "vpn token", (VPN,))
    office.act(late, "click", VPN)
    assert office.usable().fingerprint != first.fingerprint
