"""An LLM that grades by a rule anybody can follow: a statement holds where the text has it, word for word."""

import asyncio
import json
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from agents.llm.capabilities import Capabilities
from agents.llm.client import Llm
from eval.answers.cache import Cache
from eval.answers.judging import FEWEST_TOKENS, JudgeCalls, Judgement
from eval.answers.records import AnswerRecord
from eval.llm_batch import Pace
from eval.ragas_judge import RagasJudge
from hone.settings import LlmSettings
from retriever.encoding import open_encoder
from tests.llm_server import Behaviour, Call, LlmServer, answers

SOON = Pace(pauses=(0.01, 0.01))
RECORD = AnswerRecord(
    question="Who keeps the key?",
    response="Ada keeps the key. Bo cooks. Dora runs. Eve flies.",
    reference="Ada keeps the key. Cy sings.",
    contexts=("Dora runs.", "Ada keeps the key. Bo cooks."),
)
# By hand. Of four statements three stand in the passages. The question that is made of the answer is the one asked.
# The second of two passages is useful: its precision is 1/2. Of the reference's two sentences the passages have one.
# Claims: one right, three wrong, one missing: P 1/4, R 1/2, F1 1/3. Of four statements one is wrong (not in the
# reference) and stands in a passage that is useful.
BY_HAND = {
    "ragas-faithfulness": 3 / 4,
    "ragas-answer-relevancy": 1.0,
    "ragas-context-precision": 1 / 2,
    "ragas-context-recall": 1 / 2,
    "ragas-factual-correctness": 0.33,  # ragas rounds it
    "ragas-noise-sensitivity": 1 / 4,
}


def sentences(text: str) -> list[str]:
    return re.findall(r"[^.]+\.", text)


def asked_of(call: Call) -> dict[str, Any]:
    """What a prompt of ragas wants judged."""
    return json.JSONDecoder().raw_decode(call.prompt.rpartition("\ninput: ")[2])[0]


def graded(call: Call, question: str = RECORD.question) -> dict[str, Any]:
    """Reply to any of the prompts, told apart by what they give."""
    given = {name: value for name, value in asked_of(call).items() if value is not None}
    if "statements" in given:
        verdicts = [
            {"statement": text, "reason": "r", "verdict": int(text.strip() in given["context"])}
            for text in given["statements"]
        ]
        return {"statements": verdicts}
    if {"question", "context", "answer"} <= set(given):
        held = [int(text.strip() in given["context"]) for text in sentences(given["answer"])]
        if "ContextPrecisionOutput" in call.prompt:
            return {"reason": "r", "verdict": max(held)}
        parts = zip(sentences(given["answer"]), held, strict=True)
        return {"classifications": [{"statement": text, "reason": "r", "attributed": one} for text, one in parts]}
    if "atomicity" in given:
        return {"claims": [text.strip() for text in sentences(given["response"])]}
    if "response" in given:
        return {"question": question, "noncommittal": 0}
    return {"statements": [text.strip() for text in sentences(given.get("answer") or given["text"])]}


GRADES = answers(graded)


@dataclass(slots=True, kw_only=True)
class InFlight:
    """Counts the calls that a server has taken and not begun to answer: all of them are open at once."""

    most: int = 0
    _now: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def counting(self, behaviour: Behaviour, seconds: float = 0.05) -> Behaviour:
        """Do the same after a while."""

        def body(call: Call) -> Iterator[bytes]:
            self._step(1)
            time.sleep(seconds)
            self._step(-1)
            yield from behaviour.body(call)

        return replace(behaviour, body=body)

    def _step(self, by: int) -> None:
        with self._lock:
            self._now += by
            self.most = max(self.most, self._now)


def judge_at(server: LlmServer, folder: Path, *, repeats: int = 1, pace: Pace = SOON, **changes: Any) -> RagasJudge:
    """Open a judge at the scripted server, with an encoder that needs no model."""
    fields = {"base_url": server.url, "model": "scripted", "timeout": 20.0, "max_tokens": FEWEST_TOKENS, **changes}
    settings = LlmSettings.model_validate(fields)
    llm = Llm(settings, Capabilities(folder / "llm.json", settings))
    return RagasJudge(
        JudgeCalls(llm=llm, cache=Cache(folder), pace=pace),
        repeats=repeats,
        open_embedder=lambda: open_encoder("hash"),
    )


def grade(judge: RagasJudge, *names: str, record: AnswerRecord = RECORD, abstained: bool = False) -> list[Judgement]:
    """Grade one answer by some measures, side by side."""

    async def all_of_them() -> list[Judgement]:
        graders = (judge.grade(name, record, abstained=abstained) for name in names)
        try:
            return await asyncio.gather(*graders)
        finally:
            await judge.calls.llm.close()

    return asyncio.run(all_of_them())
