"""How long a whole ask takes on the sample, cold start aside: figure 5 of the ask issue.

Every sixth question that stands without a conversation, asked as its asker through the whole graph, log and memory
included: with no LLM, and with one on loopback that replies at once, where everything but the LLM is measured. The
machine's other work shows in these figures: the ratio of the two is the steadier part.

    python -m benchmarks.asking_time --home /tmp/asking-homes
"""

import argparse
import re
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from agents.assistant import Assistant
from agents.llm.capabilities import Capabilities
from agents.llm.client import Llm
from benchmarks.homes import Home
from benchmarks.questionsets import Asked, sample
from benchmarks.record import data_folder, keep
from hone.settings import LlmSettings
from tests.llm_server import Call, LlmServer, answers, says

EVERY = 6
TITLE = re.compile(r"number=1>\nTitle: .*\nDate: .*\nText:\n(?P<text>[^\n]{1,200})")


def main() -> None:
    """Ask without an LLM, then with one that costs no time."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--home", type=Path, required=True, help="where the workspaces are kept, and found again")
    parser.add_argument("--results", type=Path)
    options = parser.parse_args()
    data = data_folder(options.data)
    home = options.home / "sample"
    asked = [item for item in sample(home) if len(item.turns) == 1][::EVERY]
    server = LlmServer()
    server.on("You prepare searches", answers(planned)).on("You answer a question", says(written))
    server.always(answers({"verdict": "sufficient", "supported": [], "contradicted": []}))
    with Home(home, data) as opened, TemporaryDirectory() as folder:
        settings = LlmSettings(base_url=server.url, model="loopback")
        llm = Llm(settings, Capabilities(Path(folder) / "llm.json", settings))
        figures = timed("no LLM", Assistant(opened.workspace, opened.searcher), asked)
        figures |= timed("loopback LLM", Assistant(opened.workspace, opened.searcher, llm), asked)
    figures["loopback LLM: calls a question"] = round(len(server.calls) / (len(asked) + 1), 2)
    server.stop()
    keep("asking_time", figures, options.results)


def timed(name: str, assistant: Assistant, asked: Sequence[Asked]) -> dict[str, object]:
    """Ask everything one after another; the first ask only warms up."""
    took: list[float] = []
    stages: dict[str, list[float]] = {}
    assistant.ask(asked[0].turns[-1].text, asked[0].asker)
    for item in asked:
        began = time.perf_counter()
        answer = assistant.ask(item.turns[-1].text, item.asker)
        took.append((time.perf_counter() - began) * 1000)
        for stage, milliseconds in answer.took_ms.items():
            stages.setdefault(stage, []).append(milliseconds)
    p50, p95 = np.quantile(took, (0.5, 0.95))
    return {
        f"{name}: questions": len(asked),
        f"{name}: p50, p95 in ms": f"{p50:.0f}, {p95:.0f}",
        f"{name}: p50 by stage": ", ".join(f"{stage} {np.median(values):.0f}" for stage, values in stages.items()),
    }


def planned(call: Call) -> dict[str, object]:
    """Plan a question as one search for what the prompt ends with."""
    question = call.prompt.strip().splitlines()[-1].removeprefix("user: ")[:300]
    return {"intent": "question", "standalone": question, "questions": [question], "ask_back": "", "narrow": []}


def written(call: Call) -> str:
    """Answer with the first line of the first passage."""
    found = TITLE.search(call.prompt)
    return f"{found['text'] if found else 'Nothing is known.'} [1]."


if __name__ == "__main__":
    main()
