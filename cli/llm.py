"""`hone llm`: whether the configured LLM answers, and what it can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import JSON, open_workspace
from hone.errors import HoneError, UsageError, masked

if TYPE_CHECKING:
    from agents.llm.client import Llm
    from agents.llm.probing import EndpointCheck
    from agents.llm.requests import LlmFailure

app = typer.Typer(no_args_is_help=True, help="Test the LLM that plans and writes. Example: `hone llm check`")

CONFIGURE = """Add one to hone.toml; anything that speaks the OpenAI protocol works:
    [llm]
    base_url = "http://127.0.0.1:11434/v1"   # Ollama; vLLM: port 8000, llama.cpp: 8080, LM Studio: 1234
    model = "qwen3:4b"                       # the name your server uses
  For a hosted one: base_url = "https://…/v1" (empty: OpenAI's), and the key in the environment:
    export HONE_LLM__API_KEY=…
  Without an LLM, Hone answers by quoting the documents."""

REMEDIES = {
    "unreachable": "Is the server running, and is base_url right (it usually ends in /v1)? "
    "Ollama: ollama serve · vLLM: vllm serve MODEL · llama.cpp: llama-server -m MODEL.gguf",
    "unauthorised": "Set the right key: export HONE_LLM__API_KEY=…",
    "no_model": "Use the model name your server uses (ollama list, or GET base_url/models). base_url usually ends in "
    "/v1. To download a model with Ollama: ollama pull MODEL",
    "timeout": "A local model may still be loading: try again. If not, raise llm.timeout or use a smaller model.",
    "rate_limited": "The server is rate limiting you: wait, or raise its limits.",
    "server_error": "The server failed. See its log.",
    "too_large": "Lower llm.context_tokens to the context size your server uses.",
    "rejected": "The server doesn't understand the request. Is base_url an OpenAI-compatible API?",
    "empty": "Is base_url an OpenAI-compatible API (usually ending in /v1)?",
    "malformed": "Is base_url an OpenAI-compatible API (usually ending in /v1)?",
}


ROLES = {"plan": "may plan searches", "judge": "may judge", "write": "may write answers"}
SMALL = """Its context of {:,} tokens is too small for passages and an answer. Start it with 4,096 or more:
    llama.cpp: --ctx-size 4096 · Ollama: OLLAMA_CONTEXT_LENGTH=4096 · vLLM: --max-model-len 4096"""


@app.callback()
def llm() -> None:
    """Test the LLM that plans and writes. Example: `hone llm check`"""


@app.command()
def check(as_json: Annotated[bool, JSON] = False) -> None:
    """Test the LLM: does it answer, how fast, and what it is good enough for. Example: `hone llm check`

    It is asked two dozen small questions with known answers, which takes a small model on a plain machine a few
    minutes. The result is kept in the workspace: Hone lets the LLM plan, judge or write only what it did well.
    """
    import asyncio

    from agents.llm.client import open_llm

    workspace = open_workspace()
    llm = open_llm(workspace)
    if llm is None:
        raise UsageError(f"No LLM is configured in {workspace.settings.file}.", hint=CONFIGURE)
    found = asyncio.run(_probed(llm))
    if as_json:
        _print_json(llm, found)
    elif not found.failure:
        _print(llm, found)
    if found.failure:
        raise HoneError(
            f"{llm.name} at {_where(llm)} doesn't answer: {found.failure.what}.",
            hint=REMEDIES.get(found.failure.kind, "Try another model, or another endpoint."),
        )


async def _probed(llm: Llm) -> EndpointCheck:
    from agents.llm.probing import probe
    from cli.progress import shown_progress

    try:
        with shown_progress() as progress:
            return await probe(llm, progress)
    finally:
        await llm.close()


def _print(llm: Llm, found: EndpointCheck) -> None:
    from cli.tables import print_table

    typer.echo(f"{llm.name} at {_where(llm)} answers.")
    rows = [
        ("first token", f"{found.first_token_ms:.0f} ms"),
        ("speed", f"about {found.tokens_per_second:.0f} tokens a second"),
    ]
    for mode, works in found.modes.items():
        rows.append((mode, ("works, in use" if mode == found.mode else "works") if works else "doesn't work"))
    if found.context_tokens is not None:
        rows.append(("context", f"{found.context_tokens:,} tokens"))
    for role, trial in found.roles.items():
        rows.append((ROLES[role], f"{'yes' if trial.passed else 'no'}: it {_it(trial.told)}"))
    print_table(("", ""), rows)
    if found.is_too_small:
        typer.secho(SMALL.format(found.context_tokens), fg="yellow")
    if found.roles and not any(trial.passed for trial in found.roles.values()):
        typer.secho("Hone won't use it: answers are quoted as without an LLM. Try a larger model.", fg="yellow")
    elif found.roles and not found.roles["write"].passed:
        typer.echo("It writes no answers: they are quoted from the documents.")


def _print_json(llm: Llm, found: EndpointCheck) -> None:
    from cli.tables import print_json

    plain = {
        "model": llm.name,
        "provider": llm.settings.provider,
        "base_url": masked(llm.settings.base_url),
        "answers": found.failure is None,
        "first_token_ms": found.first_token_ms,
        "tokens_per_second": found.tokens_per_second,
        "modes": dict(found.modes),
        "mode": found.mode,
        "context_tokens": found.context_tokens,
        "roles": {role: {"may": trial.passed, "told": trial.told} for role, trial in found.roles.items()},
        "failure": _failure(found.failure),
    }
    print_json(plain)


def _failure(failure: LlmFailure | None) -> dict[str, str] | None:
    return {"kind": failure.kind, "what": failure.what} if failure else None


def _it(told: str) -> str:
    return told.removeprefix("it ")


def _where(llm: Llm) -> str:
    return masked(llm.settings.base_url) or f"{llm.settings.provider}'s own address"
