"""`hone llm check`, with an LLM and without."""

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.llm_server import LlmServer, answers, fails, says

Hone = Callable[..., Any]


@pytest.fixture
def server() -> Iterator[LlmServer]:
    server = LlmServer()
    yield server
    server.stop()


def configure(home: Path, url: str) -> None:
    with (home / "hone.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[llm]\nbase_url = "{url}"\nmodel = "scripted"\n')


def test_an_llm_that_works_is_described_and_remembered(hone: Hone, home: Path, server: LlmServer) -> None:
    server.on("Count", says("one, two, three")).always(answers({"colour": "yellow", "letters": 6}))
    configure(home, server.url)
    said = hone("llm", "check")
    assert (said.code, said.err) == (0, "")
    assert "scripted at http://127.0.0.1" in said.out
    assert "works, in use" in said.out
    assert (home / "llm.json").exists()
    told = hone("llm", "check", "--json").json
    assert (told["answers"], told["mode"], told["failure"]) == (True, "json_schema", None)
    assert told["modes"] == {"json_schema": True, "function_calling": True, "parse": True}


def test_what_it_does_badly_it_may_not_do(hone: Hone, home: Path, server: LlmServer) -> None:
    server.told = {"/v1/models": {"data": [{"id": "scripted", "meta": {"n_ctx": 1024}}]}}
    server.on("Count", says("one, two, three")).on("lemon", answers({"colour": "yellow", "letters": 6}))
    server.always(says("I am a very small model."))
    configure(home, server.url)
    said = hone("llm", "check")
    assert said.code == 0
    assert "1,024" in said.out
    told = hone("llm", "check", "--json").json
    assert told["context_tokens"] == 1024
    assert {role: given["may"] for role, given in told["roles"].items()} == dict.fromkeys(
        ("plan", "judge", "write"), False
    )
    assert all(given["told"] in said.out for given in told["roles"].values())


def test_none_configured_tells_how_to(hone: Hone) -> None:
    said = hone("llm", "check")
    assert said.code == 2
    for word in ("No LLM is configured", "Ollama", "vLLM", "llama.cpp", "HONE_LLM__API_KEY"):
        assert word in said.err


def test_one_that_fails_says_why_and_what_to_do(hone: Hone, home: Path, server: LlmServer) -> None:
    server.always(fails(404, "model 'scripted' not found\x1b[2J"))
    configure(home, server.url)
    said = hone("llm", "check")
    assert said.code == 1
    assert "not found" in said.err
    assert "ollama pull" in said.err
    assert "\x1b[2J" not in said.err
    told = hone("llm", "check", "--json")
    assert (told.code, told.json["failure"]["kind"], told.json["answers"]) == (1, "no_model", False)


def test_one_that_is_not_there_says_so(hone: Hone, home: Path) -> None:
    configure(home, "http://127.0.0.1:9/v1")
    said = hone("llm", "check")
    assert said.code == 1
    assert "ollama serve" in said.err


def test_the_key_is_nowhere(hone: Hone, home: Path, server: LlmServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HONE_LLM__API_KEY", "sk-hush-hush")
    server.always(fails(401, "bad key sk-hush-hush"))
    configure(home, server.url)
    said = [hone("llm", "check"), hone("llm", "check", "--json"), hone("settings")]
    assert all("hush" not in one.out + one.err for one in said)
    assert server.calls[0].headers["authorization"] == "Bearer sk-hush-hush"


def test_a_local_one_needs_what_serves_it(hone: Hone, home: Path, tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf").write_bytes(b"GGUF and nothing")
    said = hone("llm", "install", str(tmp_path / "tiny.gguf"), "--no-check")
    if find_spec("xllamacpp") is None:
        assert (said.code, (home / "llm").exists()) == (2, False)
        assert "hone[llm]" in said.err
    else:
        assert (said.code, (home / "llm" / "tiny.gguf").exists()) == (0, True)
    removed = hone("llm", "remove")
    assert (removed.code, [*home.glob("llm/*")]) == (0, [])
