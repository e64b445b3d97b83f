"""The records that planning, retrieving, judging, answering and checking hand to each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from hone.records import Filters, Hit, SearchResult

Role = Literal["user", "assistant"]
Intent = Literal["question", "greeting", "out_of_scope", "unclear"]
Verdict = Literal["sufficient", "best_match", "partial", "conflicting", "insufficient", "out_of_scope"]
AnswerVerdict = Verdict | Literal["asks_back", "greeting"]
Reason = Literal["asked", "part", "hop", "widened"]  # the question itself, a part of it, what a passage led to, a retry

ANYTHING = Filters()


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One thing that was said in a conversation."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubQuestion:
    """A question that can be searched for by itself."""

    id: str  # q1, q2 …, in the order they were thought of
    text: str
    reason: Reason = "asked"
    filters: Filters = ANYTHING  # narrowing only; permission is never in here


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is wanted, as understood from the conversation and from nothing else."""

    intent: Intent
    standalone: str  # the last question, understood without the turns before it
    questions: tuple[SubQuestion, ...]  # at most four
    ask_back: str = ""  # what has to be known first; asked at most once
    made_by: str = "rules"  # or the LLM's name


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieved:
    """What one search gave, or why it gave nothing; a branch never raises."""

    question: SubQuestion
    result: SearchResult | None
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A passage given to the answerer, under the number it is cited by."""

    number: int  # 1, 2 …
    hit: Hit
    questions: frozenset[str]  # ids of the sub-questions that found it
    place: int = 0  # among what was found; numbers follow the order in which an answer cites


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Two passages that do not agree; the newer one is named second."""

    older: int  # evidence numbers
    newer: int
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sufficiency:
    """Whether the passages hold the answer, and how sure that is."""

    verdict: Verdict
    probability: float  # calibrated: that the passages hold the answer
    missing: tuple[str, ...] = ()  # parts of the question that nothing answers
    conflicts: tuple[Conflict, ...] = ()
    may_mean: tuple[str, ...] = ()  # what the question may mean, where several sources may answer it
    signals: Mapping[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """Where a claim stands: a quote that is in the document to the letter."""

    number: int
    document: str
    passage: str
    quote: str
    start: int  # offsets of the quote in the document's stored text
    end: int
    title: str
    url: str
    page: int | None
    modified: datetime


Support = Literal["quoted", "supported", "unsupported", "uncited"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A sentence of an answer, what it rests on, and whether that holds."""

    text: str
    citations: tuple[Citation, ...]
    support: Support
    why: str = ""  # what the check found wanting
    line: int = 0  # of its writer's text: sentences of one line stay on one
    lead: str = ""  # the mark that its line began with, of a list: `-` or `2.`
    marked: str = ""  # the sentence of a longer quote that answers
    part: str = ""  # the part of the question that it answers; empty where it answers all of it
    beside: bool = False  # it isn't the best answer, but may be the one that is wanted
    code: bool = False  # lines of code, to be shown as they stand


NOT_KEPT = "memory"  # the stage that did not work where a conversation could not be kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Degradation:
    """Something that did not work, and what was done instead."""

    stage: str
    what: str
    instead: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the asker gets, with everything needed to trust it or not."""

    ask_id: str
    thread: str
    question: str
    text: str  # all that is said: the body with sentences on what disagrees and what is missing
    verdict: AnswerVerdict
    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]  # those the text uses, in order of number
    closest: tuple[Hit, ...]  # shown when the answer is not enough
    degraded: tuple[Degradation, ...]
    search_ids: tuple[str, ...]
    took_ms: Mapping[str, float]
    body: str = ""  # what was found, without those sentences
    conflicts: tuple[Conflict, ...] = ()  # told in the text; they number passages as citations do
    missing: tuple[str, ...] = ()  # parts of the question that the text says nothing was found about
    may_mean: tuple[str, ...] = ()  # what the question may mean: asked again with one of them, it is clearer
