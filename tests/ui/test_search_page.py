"""The Search page in every state, on a real service."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from hone.errors import TooManyError
from hone.records import Filters
from hone.workspace import Workspace
from retriever.searching.searcher import Question
from service.feedback import SAID
from service.service import Service
from service.snippets import LENGTH, snippet, words_in
from tests.agents.workplace import ANA, BO
from tests.ui.opened import open_page, words
from ui.parts import results
from ui.parts.finding import SearchAddress, asked_of, facets_of, parameters_of
from ui.parts.why import NOBODYS
from ui.safe import plain

VPN = "vpn password"


def hits(page: AppTest) -> list[dict[str, Any]]:
    """Give the hits that a page draws."""
    found = [element.proto for element in page.get("bidi_component")]  # pyright: ignore[reportAttributeAccessIssue]
    return [hit for proto in found if proto.component_name == "hone_results" for hit in json.loads(proto.json)["hits"]]


def test_an_empty_page_searches_nothing(service: Service) -> None:
    page = open_page("search_page", service, ANA)
    assert not page.exception
    assert hits(page) == []
    assert service.workspace.log.counts().searches == 0


def test_an_address_is_a_search_and_is_logged_once(service: Service) -> None:
    page = open_page("search_page", service, ANA, q=VPN)
    assert hits(page)[0]["where"] == "wiki/vpn.md"
    assert "VPN" in [piece["text"].split()[0] for piece in hits(page)[0]["snippet"] if piece.get("mark")]
    page.run()
    assert service.workspace.log.counts().searches == 1


def test_the_right_document_is_so_after_a_reload_too(service: Service) -> None:
    first = service.search(Question(text=VPN, asker=ANA))
    results.act(service, ANA, first, {"kind": "relevant", "rank": 1})
    assert [hit["relevant"] for hit in hits(open_page("search_page", service, ANA, q=VPN))][:2] == [True, False]
    assert not any(hit["relevant"] for hit in hits(open_page("search_page", service, BO, q=VPN)))
    again = service.search(Question(text=VPN, asker=ANA))
    results.act(service, ANA, again, {"kind": "relevant", "rank": 1})
    assert service.workspace.log.events(person=ANA.name, actions=SAID) == [], (
        "pressed again, it is taken back, whichever search it was said of"
    )


def test_what_is_typed_goes_into_the_address(service: Service) -> None:
    page = open_page("search_page", service, ANA)
    page.text_input[0].set_value(VPN).run()
    assert page.query_params["q"] == VPN
    assert hits(page)[0]["where"] == "wiki/vpn.md"


def test_filters_narrow_and_stand_in_the_address(service: Service) -> None:
    page = open_page("search_page", service, BO, q="budget laptops")
    pill = next(pills for pills in page.pills if pills.label == "Source")  # pyright: ignore[reportAttributeAccessIssue]
    pill.set_value(["hr"]).run()  # pyright: ignore[reportAttributeAccessIssue]
    assert not page.exception
    assert page.query_params["source"] == "hr"
    assert [hit["where"] for hit in hits(page)] == ["hr/severance.md"]
    page.button(key="hone_clear").click().run()
    assert "source" not in page.query_params
    assert len(hits(page)) > 1


def test_facets_count_only_what_the_asker_may_read(service: Service) -> None:
    labels = [
        option.content
        for pills in open_page("search_page", service, BO, q="budget").pills
        if pills.label == "Source"  # pyright: ignore[reportAttributeAccessIssue]
        for option in pills.proto.options  # pyright: ignore[reportAttributeAccessIssue]
    ]
    assert labels == ["wiki :gray[6]", "hr :gray[1]"]
    outside = open_page("search_page", service, ANA, q="budget")
    assert "hr" not in str([pills.proto for pills in outside.pills])  # pyright: ignore[reportAttributeAccessIssue]


def test_nothing_found_says_what_may_help(service: Service) -> None:
    page = open_page("search_page", service, ANA, q=VPN, since="2030-01-01")
    assert hits(page) == []
    assert "No results" in words(page)
    assert "fewer filters" in words(page)


def test_what_was_closed_since_the_search_is_not_shown_again(service: Service) -> None:
    page = open_page("search_page", service, BO, q="severance budget")
    assert hits(page)[0]["where"] == "hr/severance.md"
    _close(service.workspace)
    page.run()
    assert "severance" not in str(hits(page)).casefold()


def test_a_hit_says_why_it_is_there(service: Service) -> None:
    why = hits(open_page("search_page", service, ANA, q=VPN))[0]["why"]
    assert [row["stage"] for row in why] == ["By meaning", "By keywords", "Combined"]
    assert [row["rank"] for row in why] == ["1st", "1st (vpn, password)", "1st"]


@pytest.mark.parametrize("name", ["hr/severance.md", "severance.md", "Severance budget", "no/such.md"])
def test_a_document_that_may_not_be_read_is_told_of_as_one_that_is_not_there(service: Service, name: str) -> None:
    page = open_page("search_page", service, ANA, q=VPN)
    page.text_input(key="hone_expected").set_value(name).run()
    assert not page.exception
    assert NOBODYS.rstrip(".") in words(page).replace("\\", "")


@pytest.mark.parametrize("name", ["wiki/parking.md", "parking.md", "parking", "Parking"])
def test_a_document_that_was_expected_is_followed(service: Service, name: str) -> None:
    page = open_page("search_page", service, ANA, q=VPN)
    page.text_input(key="hone_expected").set_value(name).run()
    said = words(page).replace("\\", "")
    assert re.search(r"at rank \d+|\d(st|nd|rd|th) overall", said)


def test_a_filter_that_hides_a_document_is_named(service: Service) -> None:
    page = open_page("search_page", service, BO, q=VPN, source="hr")
    assert "wiki" not in words(page)
    page.text_input(key="hone_expected").set_value("parking.md").run()
    assert "wiki" in words(page).replace("\\", "")


def test_a_hit_is_clicked_and_called_right_with_its_rank(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    page = open_page("search_page", service, ANA, q=VPN)
    result = page.session_state["hone_found"].result
    opened: list[object] = []
    monkeypatch.setattr(results, "open_passage", opened.append)
    results.act(service, ANA, result, {"kind": "click", "rank": 2})
    results.act(service, ANA, result, {"kind": "relevant", "rank": 1})
    events = service.workspace.log.events(person=ANA.name)
    assert {(event.action, event.ordinal, event.object_id) for event in events} == {
        ("click", 2, result.hits[1].passage),
        ("relevant", 1, result.hits[0].passage),
    }
    page.run()
    assert [hit["relevant"] for hit in hits(page)][:2] == [True, False]
    results.act(service, ANA, result, {"kind": "relevant", "rank": 1})
    page.run()
    assert not any(hit["relevant"] for hit in hits(page))


def test_too_much_is_refused_in_words(company: Callable[..., Workspace]) -> None:
    limited = Service(company("[serve]\nper_minute = 4\n"))
    try:
        open_page("search_page", limited, ANA, q=VPN)
        page = open_page("search_page", limited, ANA, q="other words")
        assert not page.exception
        with pytest.raises(TooManyError) as refused:
            limited.rate.take(ANA.name)
        assert plain(refused.value.message) in words(page)
    finally:
        limited.close()


def test_an_address_is_read_and_written_back() -> None:
    asked = SearchAddress(query="a b", sources=("x", "y"), kinds=("md",), path="it", since="month")
    written = {name: [value] if isinstance(value, str) else value for name, value in parameters_of(asked).items()}
    assert asked_of(written) == asked
    assert asked_of({"since": ["nonsense"], "q": ["a"]}) == SearchAddress(query="a")
    now = datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert asked.filters(now) == Filters(
        sources=frozenset({"x", "y"}),
        kinds=frozenset({"md"}),
        path="it",
        since=datetime(2026, 10, 20, tzinfo=UTC),
    )
    assert replace(asked, since="2026-01-05").filters(now).since == datetime(2026, 1, 5, tzinfo=UTC)


def test_facets_count_a_document_once(service: Service) -> None:
    page = open_page("search_page", service, ANA, q="laptops")
    found = page.session_state["hone_found"].result.hits
    doubled = facets_of([*found, *found])
    assert doubled == facets_of(found)
    assert dict(doubled.sources) == {"wiki": len({hit.document for hit in found})}


def test_a_snippet_is_cut_where_the_words_stand() -> None:
    text = "filler " * 200 + "the VPN password is changed " + "filler " * 200
    pieces = snippet(text, "vpn passwords")
    assert [piece["text"] for piece in pieces if piece.get("mark")] == ["VPN password"]
    assert sum(len(str(piece["text"])) for piece in pieces) < 2 * LENGTH
    assert words_in(text, "Which VPN passwords?") == ["VPN", "passwords"]
    assert snippet("<b>vpn</b>", "vpn") == [{"text": "<b>vpn</b>", "mark": True}]


def _close(workspace: Workspace) -> None:
    """Take a document's readers away, as a sync would."""
    with workspace.database.write() as connection:
        connection.exec_driver_sql("UPDATE documents SET groups = ? WHERE id = ?", ('["admin"]', "hr/severance.md"))
