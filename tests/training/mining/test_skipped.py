from dataclasses import replace

from hone.log.traces import read_traces
from tests.training.office import Office
from training.mining.skipped import skipped_above

SHOWN = ("vpn.md#0", "leave.md#0", "badge.md#0", "travel.md#0")


def skipped(office: Office) -> dict[str, frozenset[str]]:
    office.write()
    return dict(skipped_above(read_traces(office.workspace.log_database)))


def test_what_stood_above_the_lowest_that_was_taken_was_skipped(office: Office) -> None:
    search = office.search("ana", "Lost BADGE?", SHOWN)
    office.act(search, "click", "badge.md#0")
    office.act(search, "open", "vpn.md#0")
    assert skipped(office) == {"lost badge": frozenset({"leave.md#0"})}


def test_searches_for_the_same_add_up(office: Office) -> None:
    office.act(office.search("ana", "lost badge", SHOWN), "relevant", "leave.md#0")
    office.act(office.search("bo", "Lost badge", SHOWN[::-1]), "copy", "badge.md#0")
    assert skipped(office) == {"lost badge": frozenset({"vpn.md#0", "travel.md#0"})}


def test_nothing_is_skipped_where_nothing_was_taken(office: Office) -> None:
    search = office.search("ana", "lost badge", SHOWN)
    office.act(search, "thumb_down", "travel.md#0")
    office.act(search, "reformulate")
    office.act(search, "click", "pension.md#0")  # was not shown
    other = office.act(search, "click", "travel.md#0")
    office.events[-1] = replace(other, person="bo")  # not who searched
    office.act(office.search("ana", "the first one", SHOWN), "click", "vpn.md#0")
    assert skipped(office) == {}


def test_a_citation_that_was_taken_counts_for_the_whole_question_too(office: Office) -> None:
    search = office.search("ana", "lost badge", SHOWN)
    office.ask([search], ["badge.md#0"], "what do I do about a lost badge")
    office.act(search, "open", "badge.md#0")
    above = frozenset({"vpn.md#0", "leave.md#0"})
    assert skipped(office) == {"lost badge": above, "what do i do about a lost badge": above}
