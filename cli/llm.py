"""`hone llm`: whether the LLM answers, what it may do here, and a local one of one's own."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from agents.llm.local.catalogue import CATALOGUE, DEFAULT
from cli.context import JSON, open_workspace
from hone.errors import HoneError, UsageError, masked

if TYPE_CHECKING:
    from agents.llm.client import Llm
    from agents.llm.probing import EndpointCheck
    from agents.llm.requests import LlmFailure
    from hone.workspace import Workspace

LOADING = 120.0  # seconds that a model may take to load before its check
NAMES = "A GGUF file, its URL, or one of these names: " + "; ".join(f"{one.name} ({one.about})" for one in CATALOGUE)

app = typer.Typer(
    no_args_is_help=True, help="Test the LLM that plans and writes, or install one. Example: `hone llm check`"
)

CONFIGURE = """Install a small one on this machine: hone llm install
  Or add one to hone.toml; anything that speaks the OpenAI protocol works:
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
    """Test the LLM, or install one. Example: `hone llm check`"""


@app.command()
def check(as_json: Annotated[bool, JSON] = False) -> None:
    """Test the LLM: does it answer, how fast, and what it is good enough for. Example: `hone llm check`

    It is asked two dozen small questions with known answers, which takes a small model on a plain machine a few
    minutes. The result is kept in the workspace: Hone lets the LLM plan, judge or write only what it did well.
    """
    workspace = open_workspace()
    with _served(workspace):
        _check(workspace, as_json=as_json)


@app.command()
def install(
    what: Annotated[str, typer.Argument(metavar="[NAME|FILE|URL]", help=NAMES)] = DEFAULT,
    sha256: Annotated[str, typer.Option(help="The hash that the file must have; needed for a URL.")] = "",
    check_it: Annotated[bool, typer.Option("--check/--no-check", help="Test what it is good enough for.")] = True,
) -> None:
    """Install a local LLM that `hone serve` starts and stops. Example: `hone llm install`

    Needs `pip install "hone[llm]"`. The file comes into the workspace, and is used if no other LLM is configured. It
    is served on this machine only. A download that broke off goes on when you run it again.
    """
    from agents.llm.local.installed import install as install_model
    from agents.llm.local.serving import EXTRA, can_serve
    from cli.progress import shown_progress

    workspace = open_workspace()
    if not can_serve():
        raise UsageError("What serves a local LLM is not installed.", hint=f"Install it first: {EXTRA}")
    with shown_progress() as progress:
        model = install_model(what, workspace.home, sha256, progress)
    typer.echo(f"{model.name} is installed. `hone serve` starts it; if it is running, start it anew.")
    if workspace.settings.llm.model:
        name = workspace.settings.llm.model
        typer.secho(f"{workspace.settings.file} names {name}, which is used instead. Remove it there.", fg="yellow")
    elif check_it:
        with _served(workspace):
            _check(workspace, as_json=False)


@app.command()
def remove() -> None:
    """Remove the local LLM; answers are quoted again. Example: `hone llm remove`"""
    from agents.llm.local.installed import remove as remove_model

    workspace = open_workspace()
    model = remove_model(workspace.home)
    typer.echo(f"{model.name} is removed." if model else "No local LLM is installed; nothing to remove.")


@contextmanager
def _served(workspace: Workspace) -> Generator[None]:
    """Serve the installed model meanwhile, unless another is used or it is served already."""
    from agents.llm.local.installed import running
    from agents.llm.local.serving import served_locally

    if workspace.settings.llm.model or running(workspace.home) is not None:
        yield
        return
    with served_locally(workspace.home) as server:
        if server is not None:
            server.wait(LOADING)
        yield


def _check(workspace: Workspace, *, as_json: bool) -> None:
    import asyncio

    from agents.llm.client import open_llm

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
