"""An LLM for the agents' tests: a real server on loopback that follows a script."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agents.llm.capabilities import Capabilities
from agents.llm.client import Llm
from hone.settings import LlmSettings
from tests.llm_server import LlmServer

MakeLlm = Callable[..., Llm]


@pytest.fixture
def llm_server() -> Iterator[LlmServer]:
    """A scripted server that speaks the OpenAI protocol."""
    server = LlmServer()
    yield server
    server.stop()


@pytest.fixture
def make_llm(llm_server: LlmServer, tmp_path: Path) -> MakeLlm:
    """Open an LLM at the scripted server; settings may be changed, and a file given that remembers."""

    def make(**changes: Any) -> Llm:
        settings = LlmSettings.model_validate(
            {"base_url": llm_server.url, "model": "scripted", "timeout": 30.0, "max_tokens": 64, **changes}
        )
        return Llm(settings, Capabilities(tmp_path / "llm.json", settings))

    return make
