"""An LLM's part in the journeys: it plans, begins a sentence, and ends it when the test says so."""

import re
import threading
from collections.abc import Iterator
from typing import Any

from tests.llm_server import Behaviour, Call, event

QUESTION = "VPN dropping at home, packet size?"
FIRST = "Open the Leash client, Settings › Advanced › Packet size, "
REST = "and set it to 1280 instead of Auto."
NUMBERED = re.compile(r"number=(\d+)>(.*?)(?=number=\d+>|\Z)", re.DOTALL)
HELD = 60.0  # seconds after which it goes on by itself, so that a test that failed keeps nobody


def plan(call: Call) -> dict[str, Any]:
    """Plan one search for what was asked."""
    asked = call.prompt.strip().splitlines()[-1].removeprefix("user: ")[:300]
    return {"intent": "question", "standalone": asked, "questions": [asked], "ask_back": "", "narrow": []}


def hold_and_write(go: threading.Event) -> Behaviour:
    """Write the first half of a true sentence, and the other once it may."""

    def body(call: Call) -> Iterator[bytes]:
        numbers = [number for number, text in NUMBERED.findall(call.prompt) if FIRST.strip() in text]
        yield event({"role": "assistant", "content": FIRST})
        go.wait(HELD)
        yield event({"content": f"{REST} [{numbers[0] if numbers else 1}]"})
        yield event({}, finish="stop")
        yield b"data: [DONE]\n\n"

    return Behaviour(body=body)
