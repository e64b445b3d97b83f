"""What the API's replies look like, for its OpenAPI document; the tests hold every reply against these."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class _Reply(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True)


class StagePlace(_Reply):
    """A passage's rank in one stage."""

    rank: int
    score: float


class HitReply(_Reply):
    """A passage that was found."""

    rank: int
    document: str
    passage: str
    title: str
    heading: list[str]
    text: str
    offsets: list[int] = Field(description="Where it starts and ends in the document's text, in characters.")
    page: int | None
    source: str
    path: str
    kind: str
    url: str
    modified: datetime
    score: float
    channels: dict[str, StagePlace] = Field(
        description="By stage: dense, bm25, other kinds of search, fused, reranked."
    )
    also_in: list[str] = Field(description="Documents with a near-identical passage.")


class SearchReply(_Reply):
    """A search, as `hone search --json` gives it."""

    search_id: str
    query: str
    asker: str
    model: str
    generation: str
    took_ms: dict[str, float]
    notices: list[str]
    hits: list[HitReply]


class WhyReply(_Reply):
    """Why a document is, or is not, among the results."""

    document: str
    outcome: str
    message: str
    passage: str
    channels: dict[str, StagePlace]
    rank: int | None = Field(default=None, description="Its rank among the results; null if it isn't shown.")


class PassageReply(_Reply):
    """A stretch of a document that is searched and cited as one."""

    id: str
    heading: list[str]
    offsets: list[int]
    page: int | None


class ViewReply(_Reply):
    """A stretch around some characters; with `offsets` a page may highlight them."""

    before: str
    marked: str
    after: str
    starts: bool
    ends: bool
    heading: list[str]
    page: int | None
    link: str


class DocumentReply(_Reply):
    """A document that the asker may read."""

    id: str
    source: str
    path: str
    title: str
    kind: str
    url: str
    modified: datetime
    text: str
    passages: list[PassageReply]
    view: ViewReply | None = None


class ThreadReply(_Reply):
    """A conversation in the asker's list."""

    id: str
    title: str
    began: datetime
    asked: datetime


class TurnReply(_Reply):
    """One question of a conversation with its answer, as the log keeps it."""

    ask_id: str
    question: str
    asked: datetime
    text: str
    verdict: str
    claims: list[dict[str, Any]]
    hidden: bool  # whether something rests on documents that the asker can no longer access, and is left out
    degraded: list[dict[str, str]]
    search_ids: list[str]
    body: str = Field(description="The text without its sentences on conflicts and on what is missing.")
    conflicts: list[dict[str, Any]] = Field(
        description="Passages that disagree, `newer` and `older` by number, and what they are `about`."
    )
    missing: list[str] = Field(description="Parts of the question that nothing was found about.")
    may_mean: list[str] = Field(description="What the question may mean; ask it again with one of them behind it.")


class ConversationReply(_Reply):
    """A conversation with its turns, and the answer under way in it, if there is one."""

    id: str
    turns: list[TurnReply]
    run: str | None = None


class FeedbackReply(_Reply):
    """What was written down; its id takes it back."""

    event_id: str
    action: str
    search_id: str
    object_id: str
    ordinal: int | None
    shown: bool = Field(description="Whether the search showed it.")


class HealthReply(_Reply):
    """How the server is."""

    status: str
