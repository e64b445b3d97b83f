"""ragas' metrics with an LLM, behind our own client, cache and pacing: the one file that knows ragas.

Each grade says what became of it. ragas itself means over what happened to be graded, and takes verdicts that are
missing, or neither 0 nor 1, as they come: such replies are asked for again here, and then count as failed.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# ragas has no stubs for the most part; tests grade with every metric.

import asyncio
import json
import logging
import math
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel

from eval.answers.judging import JudgeCalls, JudgeError, Judgement
from eval.answers.records import AnswerRecord
from hone.errors import HoneError, UsageError, in_words, masked
from retriever.encoding import open_encoder
from retriever.encoding.encoder import Encoder

try:
    import ragas._analytics

    # Besides the variable that cli/main.py sets: whoever imports this from a script has not set it.
    ragas._analytics.do_not_track = lambda: True  # type: ignore[assignment]
    from ragas.embeddings.base import BaseRagasEmbedding
    from ragas.llms.base import InstructorBaseRagasLLM
    from ragas.metrics import collections as metrics
except ImportError as error:
    raise UsageError(
        f"ragas can't be imported: {error}.",
        hint="Install it with pip install 'hone[ragas]', or leave out --judge.",
    ) from error

log = logging.getLogger(__name__)

FROZEN = "default"  # the packaged encoder, whatever serves: a retriever must not grade its own answers
VERDICTS = ("verdict", "attributed", "noncommittal")
SLACK = 1e-6  # ragas adds as little to denominators

Shape = TypeVar("Shape", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric: how ragas calls it, what it is given, and whether it is about what an answer says."""

    name: str
    make: Callable[["_Llm", "_Embedder"], Any]
    fields: tuple[str, ...]  # of ragas
    of_response: bool = True


METRICS = (
    Metric(
        name="ragas-faithfulness",
        make=lambda llm, _: metrics.Faithfulness(llm=llm),
        fields=("user_input", "response", "retrieved_contexts"),
    ),
    Metric(
        name="ragas-answer-relevancy",
        make=lambda llm, embedder: metrics.AnswerRelevancy(llm=llm, embeddings=embedder),
        fields=("user_input", "response"),
    ),
    Metric(
        name="ragas-context-precision",
        make=lambda llm, _: metrics.ContextPrecisionWithReference(llm=llm),
        fields=("user_input", "reference", "retrieved_contexts"),
        of_response=False,
    ),
    Metric(
        name="ragas-context-recall",
        make=lambda llm, _: metrics.ContextRecall(llm=llm),
        fields=("user_input", "reference", "retrieved_contexts"),
        of_response=False,
    ),
    Metric(
        name="ragas-factual-correctness",
        make=lambda llm, _: metrics.FactualCorrectness(llm=llm),
        fields=("response", "reference"),
    ),
    Metric(
        name="ragas-noise-sensitivity",
        make=lambda llm, _: metrics.NoiseSensitivity(llm=llm),
        fields=("user_input", "response", "reference", "retrieved_contexts"),
    ),
)
NAMES = tuple(metric.name for metric in METRICS)
_MISSING: Mapping[str, str] = {
    "user_input": "no question",
    "response": "the answer is empty",
    "reference": "no reference answer",
    "retrieved_contexts": "no passages recorded, or none retrieved",
}


class RagasJudge:
    """Grades with ragas' metrics, as often as it is told to."""

    def __init__(
        self,
        calls: JudgeCalls,
        names: Sequence[str] = NAMES,
        repeats: int = 1,
        open_embedder: Callable[[], Encoder] = lambda: open_encoder(FROZEN, device="cpu"),
    ) -> None:
        known = {metric.name: metric for metric in METRICS}
        if unknown := [name for name in names if name not in known]:
            raise UsageError(f"The judge doesn't know {', '.join(unknown)}.", hint=f"Choose from: {', '.join(known)}.")
        self._metrics = {name: known[name] for name in names}
        self.calls, self._repeats = calls, repeats
        self._embedder = _Embedder(open_embedder)

    @property
    def measures(self) -> Sequence[str]:
        """Name the metrics that are asked for, in ragas' usual order."""
        return [name for name in NAMES if name in self._metrics]

    @property
    def identity(self) -> dict[str, str | int]:
        """Name everything that decides the grades."""
        settings = self.calls.llm.settings
        return {
            "model": settings.model,
            "endpoint": masked(settings.base_url) or settings.provider,
            "max_tokens": settings.max_tokens,
            "prompts": f"ragas {version('ragas')}",
            "embedder": FROZEN,
            "repeats": self._repeats,
        }

    async def grade(self, measure: str, record: AnswerRecord, *, abstained: bool) -> Judgement:
        """Grade one answer by one metric, once a repeat."""
        metric = self._metrics[measure]
        if abstained and metric.of_response:
            return Judgement(status="not applicable", why="it abstains")
        values = _values(record)
        if lacking := [_MISSING[name] for name in metric.fields if not values[name]]:
            return Judgement(status="not applicable", why="; ".join(lacking))
        given = {name: values[name] for name in metric.fields}
        repeats = range(self._repeats)
        found = await asyncio.gather(*(self._once(metric, given, repeat) for repeat in repeats))
        return _together(found)

    async def _once(self, metric: Metric, given: Mapping[str, Any], repeat: int) -> Judgement:
        try:
            result = await metric.make(_Llm(self.calls, repeat), self._embedder).ascore(**given)
            return _judgement(float(result.value))
        except _NothingStatedError as nothing:
            return Judgement(status="not applicable", why=str(nothing))
        except JudgeError as error:
            return Judgement(status="failed", why=f"{error.failure.kind}: {error.failure.what}")
        except HoneError as error:
            return Judgement(status="failed", why=error.message)
        except Exception as error:
            log.exception("%s failed in ragas", metric.name)
            return Judgement(status="failed", why=in_words(error))


class _NothingStatedError(Exception):
    """The judge finds no statement in a text, so there is nothing to grade."""


class _Llm(InstructorBaseRagasLLM):
    """What one metric asks with, for one answer."""

    def __init__(self, calls: JudgeCalls, repeat: int) -> None:
        self._calls, self._repeat = calls, repeat
        self._asked: Counter[str] = Counter()  # answer relevancy asks the same three times

    def generate(self, prompt: str, response_model: type[Any]) -> NoReturn:  # noqa: ARG002  # the signature is ragas'
        """Refuse: a call that blocks would hold up every other answer."""
        raise TypeError("the judge is asked asynchronously")

    async def agenerate(self, prompt: str, response_model: type[Shape]) -> Shape:
        """Ask for ragas' own shape; its prompts hold the schema."""
        turn = self._asked[prompt]
        self._asked[prompt] += 1
        expected = _statements_in(prompt)
        reply = await self._calls.fill(
            prompt, response_model, lambda found: _wrong(found, expected), (self._repeat, turn)
        )
        for name in ("statements", "claims"):
            if expected is None and getattr(reply, name, None) == []:
                raise _NothingStatedError("the judge found no statements in the answer or its reference")
        return reply


class _Embedder(BaseRagasEmbedding):
    """The frozen encoder, loaded when it is first needed."""

    def __init__(self, opened: Callable[[], Encoder]) -> None:
        super().__init__()
        self._open, self._encoder, self._lock = opened, None, threading.Lock()

    def embed_text(self, text: str, **kwargs: Any) -> list[float]:  # noqa: ARG002  # the same
        """Embed a question."""
        with self._lock:
            self._encoder = self._encoder or self._open()
            return [float(value) for value in self._encoder.encode_queries([text])[0]]

    async def aembed_text(self, text: str, **kwargs: Any) -> list[float]:  # noqa: ARG002
        """Embed a question beside the event loop."""
        return await asyncio.to_thread(self.embed_text, text)


def _values(record: AnswerRecord) -> dict[str, Any]:
    return {
        "user_input": record.question,
        "response": record.response.strip(),
        "reference": (record.reference or "").strip(),
        "retrieved_contexts": [text for text in record.contexts or () if text.strip()],
    }


def _judgement(value: float) -> Judgement:
    if math.isnan(value):
        return Judgement(status="failed", why="not a number: the judge gave no verdict")
    if not -SLACK <= value <= 1 + SLACK:
        return Judgement(status="failed", why=f"{value:g} is not between 0 and 1")
    return Judgement(scores=(min(max(value, 0.0), 1.0),))


def _together(found: Sequence[Judgement]) -> Judgement:
    """Return the repeats that worked; without any, the first reason why."""
    scores = tuple(score for item in found for score in item.scores)
    if scores:
        return Judgement(scores=scores)
    return next((item for item in found if item.status == "failed"), found[0])


def _statements_in(prompt: str) -> int | None:
    """Count the statements that a prompt wants verdicts on; nothing where it wants none."""
    asked = prompt.rpartition("\ninput: ")[2]
    try:
        value: Any = json.JSONDecoder().raw_decode(asked)[0]
        return len(value["statements"])
    except (ValueError, KeyError, TypeError):
        return None


def _wrong(reply: BaseModel, expected: int | None) -> str:
    """Say what ragas would let pass: verdicts that are missing or neither 0 nor 1, and a question without words."""
    told: dict[str, Any] = reply.model_dump()
    items: list[Any] = [told]
    for value in told.values():
        items += value if isinstance(value, list) else []
    fields: list[tuple[str, Any]] = [
        (name, item[name]) for item in items if isinstance(item, dict) for name in VERDICTS if name in item
    ]
    if strange := [f"{name} is {value}" for name, value in fields if value not in (0, 1)]:
        return f"{strange[0]}, but must be 0 or 1"
    if expected is not None and expected != len(fields):
        return f"there are {expected} statements and {len(fields)} verdicts; give one for each"
    return "the question is empty" if not str(told.get("question", "?")).strip() else ""
