"""Questions put to the product itself with an LLM: how soon something useful is shown, what of its drafts passes."""

import time
from collections.abc import Iterator, Sequence

from pydantic import BaseModel, ConfigDict

from agents.events import AnswerToken, ClaimChecked, Event, QuotedFirst
from benchmarks.questionsets import Asked
from hone import Hone


class Draft(BaseModel):
    """One answer: when something was shown, and each sentence that was written, with whether it passed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    world: str
    id: str
    question: str
    reference: str
    answerable: bool
    verdict: str
    quoted_after: float | None  # seconds until what the documents say is shown
    written_after: float | None  # seconds until the first written sentence is shown
    seconds: float  # until the end
    sentences: tuple[tuple[str, str], ...]  # each claim's support, and its text
    text: str
    failed: tuple[str, ...]  # what did not work on the way


def ask_all(world: str, asked: Sequence[Asked], hone: Hone) -> Iterator[Draft]:
    """Ask one after another; the encoder is loaded before."""
    hone.search(asked[0].turns[-1].text)
    for item in asked:
        heard = dict[str, float]()
        claims = list[tuple[str, str]]()
        began = time.perf_counter()

        def hear(
            event: Event,
            heard: dict[str, float] = heard,
            claims: list[tuple[str, str]] = claims,
            began: float = began,
        ) -> None:
            heard.setdefault(type(event).__name__, round(time.perf_counter() - began, 2))
            if isinstance(event, ClaimChecked):
                claims.append((event.claim.support, event.claim.text))

        answer = hone.ask(item.turns[-1].text, listen=hear)
        yield Draft(
            world=world,
            id=item.id,
            question=item.turns[-1].text,
            reference=item.reference,
            answerable=item.kind == "ANSWERABLE",
            verdict=answer.verdict,
            quoted_after=heard.get(QuotedFirst.__name__),
            written_after=heard.get(AnswerToken.__name__),
            seconds=round(time.perf_counter() - began, 2),
            sentences=tuple(claims),
            text=answer.text,
            failed=tuple(f"{lost.stage}: {lost.what}" for lost in answer.degraded),
        )
