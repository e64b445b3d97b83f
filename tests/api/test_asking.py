"""`/api/ask`: an answer belongs to the server, and whoever listens may come and go."""

import time

import httpx2
import pytest

from api.replies import ConversationReply, ThreadReply
from tests.api.conftest import Served
from tests.api.listening import Heard, heard

QUESTION = "How many days of annual leave do I have?"


def ask(client: httpx2.Client, question: str = QUESTION, thread: str = "") -> list[Heard]:
    with client.stream("POST", "/api/ask", json={"question": question, "thread": thread}) as reply:
        assert reply.status_code == 200, reply.read()
        assert reply.headers["content-type"].startswith("text/event-stream")
        return list(heard(reply.iter_lines()))


def test_events_come_in_order_and_end_with_the_answer(nadia: httpx2.Client) -> None:
    first, *events = ask(nadia)
    assert (first.kind, first.id) == ("run", "")
    assert [event.id for event in events] == [str(number) for number in range(1, len(events) + 1)]
    assert [events[0].kind, events[1].kind, events[-1].kind] == ["planned", "searching", "answered"]
    assert all(event.data["event"] == event.kind for event in events)
    answer = events[-1].data
    assert answer["thread"] == first.data["thread"]
    assert answer["citations"], answer
    text = nadia.get(f"/api/documents/{answer['citations'][0]['document']}").json()["text"]
    start, end = answer["citations"][0]["offsets"]
    assert text[start:end] == answer["citations"][0]["quote"]


def test_a_conversation_goes_on_is_read_and_deleted(nadia: httpx2.Client) -> None:
    thread = ask(nadia)[0].data["thread"]
    second = ask(nadia, "And in the first year?", thread)
    assert second[0].data["thread"] == thread
    threads = [ThreadReply.model_validate(row) for row in nadia.get("/api/threads").json()]
    assert (threads[0].id, threads[0].title) == (thread, QUESTION)
    conversation = ConversationReply.model_validate_json(nadia.get(f"/api/threads/{thread}").content)
    assert [turn.question for turn in conversation.turns] == [QUESTION, "And in the first year?"]
    assert conversation.turns[1].text == second[-1].data["text"]
    assert conversation.run is None
    assert nadia.delete(f"/api/threads/{thread}").status_code == 204
    assert thread not in nadia.get("/api/threads").text
    assert nadia.delete(f"/api/threads/{thread}").status_code == 404
    assert nadia.get(f"/api/threads/{thread}").status_code == 404
    assert nadia.post("/api/ask", json={"question": "And then?", "thread": thread}).status_code == 404


def test_who_comes_back_hears_what_is_missing_and_nothing_twice(nadia: httpx2.Client) -> None:
    run, *events = ask(nadia)
    where = f"/api/ask/{run.data['run']}/events"
    again = list(heard(nadia.get(where).text.split("\n")))
    assert again == [run, *events]
    assert list(heard(nadia.get(where, params={"after": 3}).text.split("\n"))) == [run, *events[3:]]
    resumed = nadia.get(where, params={"after": 1}, headers={"Last-Event-ID": events[-2].id})
    assert list(heard(resumed.text.split("\n"))) == [run, events[-1]]
    assert list(heard(nadia.get(where, params={"after": 999}).text.split("\n"))) == [run]


@pytest.mark.parametrize(
    "body", [{}, {"question": ""}, {"question": "x" * 4001}, {"question": "vpn", "person": "ingrid"}], ids=str
)
def test_a_question_of_another_form_is_refused(nadia: httpx2.Client, body: dict[str, str]) -> None:
    assert nadia.post("/api/ask", json=body).status_code == 422


def test_a_dropped_socket_loses_nothing_and_stopping_stops(slow: Served) -> None:
    with slow.client("ana") as ana:
        with ana.stream("POST", "/api/ask", json={"question": "How often is the VPN password changed?"}) as reply:
            run = next(heard(reply.iter_lines())).data  # and the socket is closed
        where = f"/api/ask/{run['run']}"
        with ana.stream("GET", f"{where}/events") as reply:
            events = heard(reply.iter_lines())
            assert [next(events).kind, next(events).kind] == ["run", "planned"]
            assert slow.service.runs.under_way() == 1
            assert ana.get(f"/api/threads/{run['thread']}").json()["run"] == run["run"]
            assert ana.delete(where).status_code == 204
            assert [event.kind for event in events][-1] == "stopped"
        assert slow.service.runs.under_way() == 0
        assert ana.delete(where).status_code == 204, "stopping again changes nothing"


def test_who_asks_too_much_at_once_is_told_when_to_come_back(slow: Served) -> None:
    body = {"question": "How often is the VPN password changed?"}
    with slow.client("bo") as bo:
        runs: list[str] = []
        for _ in range(8):
            with bo.stream("POST", "/api/ask", json=body) as reply:
                runs.append(next(heard(reply.iter_lines())).data["run"])
        refused = bo.post("/api/ask", json=body)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
        for run in runs:
            bo.delete(f"/api/ask/{run}")
        deadline = time.monotonic() + 10
        while slow.service.runs.under_way() and time.monotonic() < deadline:
            time.sleep(0.01)
        with bo.stream("POST", "/api/ask", json=body) as reply:
            assert reply.status_code == 200
            run = next(heard(reply.iter_lines())).data["run"]
        bo.delete(f"/api/ask/{run}")
