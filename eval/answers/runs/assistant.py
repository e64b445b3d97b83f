"""The deployed assistant as what answers in a run, with a cache of everything it has said."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from agents.calibration import calibration_for
from agents.prompts import PROMPTS_VERSION
from eval.answers.asking import Apart, AskedAnswer
from eval.answers.cache import Cache, key_of
from eval.records import EvalQuestion
from eval.runs import FOLDER, Plain, code_version
from hone.errors import masked
from hone.registry import Generation
from hone.workspace import Workspace
from retriever.library.library import Library

_STORED = TypeAdapter(AskedAnswer)


class CachedAssistant:
    """Answers with the deployed assistant what it has not answered before."""

    def __init__(self, assistant: Apart, cache: Cache, decided: Plain) -> None:
        self._assistant, self._cache, self._decided = assistant, cache, decided

    async def answer(self, question: EvalQuestion) -> tuple[AskedAnswer, bool]:
        """Return the answer, and whether it was kept from before; one on whose way something failed is not kept."""
        key = key_of(
            question=question.text,
            history=[[turn.role, turn.text] for turn in question.history],
            groups=sorted(question.asker.groups),
            **self._decided,
        )
        if (kept := await asyncio.to_thread(self._cache.get, key)) is not None:
            return _STORED.validate_json(kept), True
        found = await self._assistant.answer(question)
        if not (found.failed or found.degraded):
            await asyncio.to_thread(self._cache.put, key, _STORED.dump_json(found).decode())
        return found, False


def assistant_settings(workspace: Workspace, live: Generation) -> Plain:
    """Name everything that decides what the assistant answers, besides the question."""
    settings = workspace.settings
    llm: dict[str, Any] = settings.llm.model_dump(
        include={"provider", "base_url", "model", "max_tokens", "context_tokens"}
    )
    llm["base_url"] = masked(settings.llm.base_url)
    named = bool(settings.llm.model)
    return {
        "llm": settings.llm.model,
        "endpoint": llm if named else "",
        "prompts": PROMPTS_VERSION if named else "",
        "generation": live.id,
        "model": live.model.id,
        "library_revision": Library(workspace.database).revision(),
        "calibration": key_of(of=calibration_for(workspace).calibration)[:12],
        "search": settings.search.model_dump(exclude={"log"}),
        "ask": settings.ask.model_dump(exclude={"keep_days"}),
    }


def cache_folder(home: Path) -> Path:
    """Name the folder whose `cache.db` keeps answers and grades."""
    return home / FOLDER


@contextlib.asynccontextmanager
async def opened_assistant(
    workspace: Workspace, live: Generation, cache: Cache, settings: Plain
) -> AsyncGenerator[CachedAssistant]:
    """Open the assistant on one generation for the event loop that runs."""
    assistant = await asyncio.to_thread(Apart, workspace, live)
    try:
        yield CachedAssistant(assistant, cache, {"assistant": settings, "code": code_version()})
    finally:
        await assistant.aclose()
