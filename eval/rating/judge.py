"""What a judge of results is: who it is, what it is given, and what it says of it."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from hone.records import Asker, Hit

Kind = Literal["llm", "signals"]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeIdentity:
    """Everything that decides what a judge says; grades of two identities are never mixed."""

    kind: Kind
    model: str  # the LLM, or the encoder whose signals are weighed
    version: str  # of the prompt, or the hash of the fit

    @property
    def key(self) -> str:
        """What its grades are kept under."""
        return f"{self.kind}|{self.model}|{self.version}"

    def __str__(self) -> str:
        return f"{self.model} ({self.version})"


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedResult:
    """A question and one result of it; graded once, however often it was shown."""

    query: str
    hit: Hit
    asker: Asker  # one of those who were shown it

    @property
    def query_key(self) -> str:
        """A hash of the question, so that what is kept holds no text of it."""
        return query_key(self.query)

    @property
    def passage_key(self) -> str:
        """A hash of what a judge reads of the result: another text is another result."""
        return passage_key(self.hit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ungraded:
    """Why a judge gave no grade."""

    kind: str
    what: str


Outcome = int | Ungraded
Heard = Callable[[JudgedResult, Outcome], None]  # hears of each outcome as soon as it is there


class Rater(Protocol):
    """Grades pairs from 0 to 3."""

    @property
    def identity(self) -> JudgeIdentity: ...

    @property
    def agreement(self) -> tuple[str, ...]:
        """Say, a line each, how far its grades agree with labels that it was not fitted on."""
        ...

    def grade(self, pairs: Sequence[JudgedResult], heard: Heard) -> None: ...


def query_key(query: str) -> str:
    """Hash a question, however it is spaced."""
    return _hash(" ".join(query.split()))


def passage_key(hit: Hit) -> str:
    """Hash what is read of a result."""
    return _hash("\n".join((hit.title, *hit.heading, hit.text)))


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
