"""`hone ask` and `hone threads`, as people and programs use them."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hone.progress import Silent
from hone.settings import read_settings
from hone.workspace import Workspace
from retriever.sources.sync import sync
from tests.copying import copied
from tests.llm_server import LlmServer, fails, says

Hone = Callable[..., Any]
VPN = "How often is the VPN password changed?"
KINDS = ["planned", "searching", "found", "judged", "claim_checked", "answered"]


SOURCES = """
[[sources]]
name = "wiki"
path = "../wiki"
groups = ["everyone"]
url = "https://wiki.example/"
[[sources]]
name = "hr"
path = "../hr"
groups = ["hr"]
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a document for everyone and one for HR; one has escape codes in its title."""
    folder = tmp_path_factory.mktemp("built")
    for name, text in (
        ("wiki/vpn.md", "# VPN access\n\nThe VPN password is changed every 45 days.\n"),
        ("wiki/odd.md", "# Odd \x1b[2J title\n\nThe falcon \x1b[31msleeps in the attic of the barn.\n"),
        ("hr/pay.md", "# Pay\n\nThe severance codeword is quetzalcoatl.\n"),
    ):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    (folder / "home").mkdir()
    (folder / "home" / "hone.toml").write_text(f'{SOURCES}[encoder]\nmodel = "hash"\n')
    workspace = Workspace(read_settings(folder / "home"))
    sync(workspace, [], Silent(), wait=0)
    workspace.close()
    return folder


@pytest.fixture
def indexed(hone: Hone, home: Path, built: Path, tmp_path: Path) -> Hone:
    """The command line on a copy of that workspace, with the people of `home`."""
    settings = (home / "hone.toml").read_text(encoding="utf-8")
    copied(built, tmp_path)
    (home / "hone.toml").write_text(settings + SOURCES, encoding="utf-8")
    return hone


def test_json_is_one_event_a_line_and_the_last_is_the_answer(indexed: Hone) -> None:
    said = indexed("ask", VPN, "--as", "bo", "--json")
    assert (said.code, said.err) == (0, "")
    events = [json.loads(line) for line in said.out.splitlines()]
    assert [event["event"] for event in events] == KINDS
    answer = events[-1]
    assert {"text", "citations", "verdict", "degraded", "search_ids", "took_ms", "thread", "ask_id"} <= set(answer)
    assert (answer["verdict"], answer["degraded"]) == ("sufficient", [])
    assert answer["text"] == "The VPN password is changed every 45 days. [1]"
    assert len(answer["search_ids"]) == 1
    assert answer["took_ms"]["total"] > 0
    (citation,) = answer["citations"]
    assert (citation["number"], citation["document"], citation["url"]) == (
        1,
        "wiki/vpn.md",
        "https://wiki.example/vpn.md",
    )
    assert citation["quote"] == "The VPN password is changed every 45 days."
    start, end = citation["offsets"]
    assert end - start == len(citation["quote"])
    assert citation["passage"]
    assert "start" not in citation


def test_people_get_the_answer_its_sources_and_how_to_go_on(indexed: Hone) -> None:
    said = indexed("ask", VPN)
    assert (said.code, said.err) == (0, "")
    for part in ("every 45 days. [1]", "VPN access", "https://wiki.example/vpn.md", "sufficient", "conversation "):
        assert part in said.out


def test_nothing_in_a_document_can_act_on_the_terminal(indexed: Hone) -> None:
    said = indexed("ask", "Where does the falcon sleep?")
    assert "Odd" in said.out
    assert "\x1b" not in said.out


def test_what_is_not_there_is_said_with_the_closest_documents(indexed: Hone) -> None:
    said = indexed("ask", "Mariana trench fathoms?", "--as", "bo")
    assert said.code == 0
    assert "insufficient" in said.out
    assert "Odd" in said.out
    closed = indexed("ask", "What is the severance codeword?", "--as", "bo")
    assert closed.code == 0
    assert "quetzalcoatl" not in closed.out
    assert "pay.md" not in closed.out
    assert "quetzalcoatl" in indexed("ask", "What is the severance codeword?", "--as", "ana").out


def test_a_conversation_goes_on_and_is_listed_and_forgotten(indexed: Hone) -> None:
    thread = json.loads(indexed("ask", VPN, "--as", "bo", "--json").out.splitlines()[-1])["thread"]
    again = indexed("ask", VPN, "--as", "bo", "--thread", thread, "--json")
    assert json.loads(again.out.splitlines()[-1])["thread"] == thread
    (listed,) = indexed("threads", "list", "bo", "--json").json
    assert (listed["id"], listed["title"]) == (thread, VPN)
    assert thread in indexed("threads", "list", "bo").out
    assert indexed("threads", "list", "ana", "--json").json == []
    others = [indexed("ask", VPN, "--as", "ana", "--thread", name) for name in (thread, "f" * 32)]
    assert {said.code for said in others} == {2}
    assert others[0].err.replace(thread, "") == others[1].err.replace("f" * 32, "")
    assert thread in others[0].err
    assert "1 conversations" in indexed("threads", "forget", "--person", "bo").out
    assert indexed("threads", "list", "bo", "--json").json == []
    assert indexed("ask", VPN, "--as", "bo", "--thread", thread).code == 2


def test_threads_forget_wants_one_choice(indexed: Hone) -> None:
    assert indexed("threads", "forget").code == 2
    assert indexed("threads", "forget", "--person", "bo", "--days", "3").code == 2
    assert "0 conversations" in indexed("threads", "forget", "--days", "3").out


@pytest.mark.parametrize("arguments", [("ask", ""), ("ask", VPN, "--as", "nobody-known")])
def test_what_was_asked_wrongly_says_what_to_do(indexed: Hone, arguments: tuple[str, ...]) -> None:
    said = indexed(*arguments)
    assert said.code == 2
    assert "→" in said.err


def test_without_a_workspace_it_says_how_to_make_one(hone: Hone) -> None:
    said = hone("ask", VPN)
    assert said.code == 2
    assert "hone documents add" in said.err


@pytest.fixture
def server() -> Iterator[LlmServer]:
    server = LlmServer()
    yield server
    server.stop()


def test_an_llm_writes_in_tokens_and_its_faults_are_told(indexed: Hone, home: Path, server: LlmServer) -> None:
    server.on("", says("The VPN password is changed every 45 days [1]."), times=1).always(fails(500))
    with (home / "hone.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[llm]\nbase_url = "{server.url}"\nmodel = "scripted"\n')
    events = [json.loads(line) for line in indexed("ask", VPN, "--json").out.splitlines()]
    assert "token" in {event["event"] for event in events}
    said = indexed("ask", VPN)
    assert "45 days. [1]" in said.out
    assert "note: answer failed" in said.out


def test_forget_person_a_person_takes_asks_and_conversations_too(indexed: Hone) -> None:
    for person in ("ana", "bo"):
        assert indexed("ask", VPN, "--as", person).code == 0
    said = indexed("searches", "forget", "ana", "--yes")
    assert (said.code, re.findall(r"\d+", said.out.partition("\n")[2])[:3]) == (0, ["1", "1", "0"])
    assert json.loads(indexed("threads", "list", "ana", "--json").out) == []
    assert len(json.loads(indexed("threads", "list", "bo", "--json").out)) == 1
