"""Who is calling: tokens, what becomes of them, and the operator's own programs."""

from pathlib import Path

import httpx2
import openai
import pytest

from api.identity import REMEMBERED, Waits
from hone.errors import TooManyError
from hone.settings import read_settings
from hone.workspace import Workspace
from tests.api.conftest import KEY, MUCH, Open, Served, serving
from tests.api.listening import heard

CLOSED = "hr/severance.md"


def get(served: Served, **headers: str) -> httpx2.Response:
    return httpx2.get(f"{served.url}/api/documents/{CLOSED}", headers=headers)


@pytest.mark.parametrize("shown", ["", "Basic aG9uZTpob25l", "Bearer", "Bearer hone_wrong", "hone_wrong"])
def test_without_a_token_that_is_known_nothing_is_told(sample: Served, shown: str) -> None:
    for path in ("/api/search?q=vpn", "/api/threads", "/v1/models", "/api/documents/x", "/api/ask/x/events"):
        reply = httpx2.get(sample.url + path, headers={"Authorization": shown} if shown else {})
        assert (reply.status_code, reply.headers["www-authenticate"]) == (401, 'Bearer realm="hone"')


def test_a_token_ends_when_it_is_revoked_or_too_old(sample: Served) -> None:
    made, text = sample.service.tokens.create("nadia")
    shown = {"Authorization": f"Bearer {text}"}
    assert httpx2.get(f"{sample.url}/api/threads", headers=shown).status_code == 200
    sample.service.tokens.revoke(made.id)
    assert httpx2.get(f"{sample.url}/api/threads", headers=shown).status_code == 401
    old = {"Authorization": f"Bearer {sample.token('nadia', days=-1)}"}
    assert httpx2.get(f"{sample.url}/api/threads", headers=old).status_code == 401


def test_a_group_counts_from_the_next_request_on(small: Served) -> None:
    file: Path = small.service.workspace.settings.file
    before = file.read_text(encoding="utf-8")
    token = {"Authorization": f"Bearer {small.token('bo')}"}
    assert get(small, **token).status_code == 200
    try:
        file.write_text(before.replace('[people.bo]\ngroups = ["hr"]', "[people.bo]"), encoding="utf-8")
        assert get(small, **token).status_code == 404
        file.write_text(before.replace('[people.bo]\ngroups = ["hr"]', ""), encoding="utf-8")
        assert get(small, **token).status_code == 404, "who is not in the settings reads what everyone may"
    finally:
        file.write_text(before, encoding="utf-8")


def test_an_answer_that_rests_on_what_was_closed_is_not_told_again(open_workplace: Open) -> None:
    with serving(open_workplace(MUCH)) as served, served.client("bo") as bo:
        file: Path = served.service.workspace.settings.file
        said = bo.post("/api/ask", json={"question": "What is the Zanzibar severance budget?"}).text
        run = next(heard(said.split("\n"))).data
        thread, again = f"/api/threads/{run['thread']}", f"/api/ask/{run['run']}/events"
        (turn,) = bo.get(thread).json()["turns"]
        assert "quetzalcoatl" in turn["text"]
        assert not turn["hidden"]
        assert "quetzalcoatl" in bo.get(again).text
        before = file.read_text(encoding="utf-8")
        file.write_text(before.replace('[people.bo]\ngroups = ["hr"]', "[people.bo]"), encoding="utf-8")
        closed = bo.get(thread)
        (turn,) = closed.json()["turns"]
        assert turn["hidden"]
        assert "quetzalcoatl" not in closed.text
        assert CLOSED not in closed.text
        assert bo.get(again).status_code == 404


def test_who_asks_too_fast_is_told_when_to_come_back(small: Served) -> None:
    with small.client("ana") as ana:
        replies = [ana.get("/api/search", params={"q": "parking"}) for _ in range(12)]  # one more is let in every 5 s
    assert [reply.status_code for reply in replies[:3]] == [200, 200, 200]
    refused = [reply for reply in replies if reply.status_code == 429]
    assert refused
    assert all(1 <= int(reply.headers["retry-after"]) <= 5 for reply in refused)
    chat = openai.OpenAI(base_url=f"{small.url}/v1", api_key=small.token("ana"), max_retries=0)
    with chat, pytest.raises(openai.RateLimitError) as told:
        _ = [chat.models.list() for _ in range(12)]
    assert told.value.code == "rate_limit_exceeded"
    assert int(told.value.response.headers["retry-after"]) >= 1


def test_the_operator_asks_as_anybody_and_without_a_rate(small: Served) -> None:
    replies = [get(small, **{"X-Hone-Key": KEY, "X-Hone-As": "bo"}) for _ in range(8)]
    assert {reply.status_code for reply in replies} == {200}
    assert get(small, **{"X-Hone-Key": KEY, "X-Hone-As": "ana"}).status_code == 404
    assert get(small, **{"X-Hone-Key": KEY}).status_code == 404, "nobody in particular"
    unknown = get(small, **{"X-Hone-Key": KEY, "X-Hone-As": "zoe"})
    assert (unknown.status_code, "'zoe'" in unknown.json()["error"]["message"]) == (400, True)


@pytest.mark.parametrize("more", [{}, {"X-Forwarded-For": "10.0.0.1"}, {"Forwarded": "for=10.0.0.1"}], ids=str)
def test_a_wrong_key_or_a_proxy_is_nobody(small: Served, more: dict[str, str]) -> None:
    key = KEY if more else "wrong"
    token = f"Bearer {small.token('bo')}"
    assert get(small, **{"X-Hone-Key": key, "X-Hone-As": "bo", "Authorization": token, **more}).status_code == 401


def test_an_empty_key_opens_nothing(small: Served) -> None:
    with serving(Workspace(read_settings(small.service.workspace.home)), key="") as served:
        assert get(served, **{"X-Hone-Key": "", "X-Hone-As": "bo"}).status_code == 401


def test_a_token_waits_as_long_as_it_was_told_to() -> None:
    now = [100.0]
    waits = Waits(lambda: now[0])
    waits.add("hone_a", TooManyError("Too fast.", retry_after=2.5))
    assert waits.of("hone_b") is None
    now[0] += 1.0
    told = waits.of("hone_a")
    assert told is not None
    assert (told.message, told.hint, told.retry_after) == ("Too fast.", "Try again in 2 s.", 1.5)
    now[0] += 1.5
    assert waits.of("hone_a") is None


def test_so_many_are_remembered_and_none_by_its_text() -> None:
    waits = Waits(lambda: 0.0)
    for number in range(REMEMBERED + 1):
        waits.add(f"hone_{number}", TooManyError("No.", retry_after=9.0))
    assert waits.of("hone_0") is None
    assert waits.of("hone_1") is not None
    assert "hone_1" not in repr(vars(waits))
