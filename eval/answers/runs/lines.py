"""One answer's scores, as runs keep them: a line of `scores.jsonl`."""

from pydantic import BaseModel, ConfigDict, Field

from eval.scores import ScoredQuestion

ASSISTANT, GIVEN = "assistant", "given"  # systems: Hone's own, and answers that a dataset brings along


class UnscoredMeasure(BaseModel):
    """Why a measure has no score for an answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    failed: bool  # false: it does not apply
    why: str


class AnsweredQuestion(ScoredQuestion):
    """What a run of answers says of one question."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    asker: str = ""
    response: str = ""
    reference: str = ""
    answerable: bool | None = None
    abstained: bool = False
    found: bool | None = None  # whether any of the gold was given to the answerer; none where no gold is known
    verdict: str = ""
    probability: float | None = None
    failed: str = ""  # why there is no answer
    degraded: tuple[str, ...] = ()
    unscored: dict[str, UnscoredMeasure] = Field(default_factory=dict[str, UnscoredMeasure])  # by measure
    repeats: dict[str, tuple[float, ...]] = Field(
        default_factory=dict[str, tuple[float, ...]]
    )  # where judged repeatedly
    contexts: tuple[str, ...] = ()  # ids of the passages given
    gold: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()  # gold that the library has not
    titles: dict[str, str] = Field(default_factory=dict[str, str])
    took_ms: dict[str, float] = Field(default_factory=dict[str, float])
    llm_calls: int = 0
    tokens: int = 0
    from_cache: bool = False
    judge_calls: int = 0
    judge_tokens: int = 0
