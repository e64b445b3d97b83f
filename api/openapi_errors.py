"""What the OpenAPI document says of each way to be refused."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import models_json_schema

from api.errors import Refusal, openai_error


class Told(BaseModel):
    """What happened, and what mends it."""

    model_config = ConfigDict(extra="forbid")

    message: str
    hint: str
    reference: str = Field(description="The server's log has it under this name.")


class ErrorReply(BaseModel):
    """Every reply that says no."""

    model_config = ConfigDict(extra="forbid")

    error: Told


class OpenaiTold(BaseModel):
    """What happened, as clients of the OpenAI protocol expect it."""

    model_config = ConfigDict(extra="forbid")

    message: str
    type: str
    param: str | None = None
    code: str | None = None
    reference: str


class OpenaiErrorReply(BaseModel):
    """Every reply under `/v1` that says no."""

    model_config = ConfigDict(extra="forbid")

    error: OpenaiTold


SCHEMAS = "#/components/schemas/"
FORMS: dict[str, Any] = models_json_schema(
    [(ErrorReply, "serialization"), (OpenaiErrorReply, "serialization")], ref_template=SCHEMAS + "{model}"
)[1]["$defs"]
EXAMPLES = {
    400: ("The question is empty.", "Ask something."),
    401: ("It is not known who asks.", "Send the header: Authorization: Bearer hone_… (hone tokens create)"),
    404: ("There is no document 'wiki/vpn.md'.", "It may have been removed, or renamed."),
    413: ("Content Too Large.", "See /docs."),
    422: ("k: Input should be less than or equal to 100.", "/docs names what each endpoint takes."),
    429: ("You are asking faster than Hone may answer.", "Try again in 3 s."),
    500: ("That failed.", "Try again; the server's log has the reference."),
    503: ("Nothing is indexed yet.", "Run: hone documents sync"),
}
MEANINGS = {
    400: "It was asked wrongly.",
    401: "No token, or one that is unknown, revoked or too old.",
    404: "There is no such thing, or none that the asker may read: the two are told apart nowhere.",
    413: "The request is longer than a megabyte.",
    422: "A parameter or a field is missing, unknown or out of its bounds.",
    429: "Too much was asked at once; `Retry-After` says in how many seconds it may go better.",
    500: "Hone has a fault; its log has it under the reference.",
    503: "Hone can't answer at the moment.",
}
ALWAYS = (401, 422, 429, 500, 503)  # any endpoint that needs a token may say these
REFERENCE = "1f0c2d3e"
Documented = dict[int | str, dict[str, Any]]
AFTER = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}}}


def refusals(*statuses: int) -> Documented:
    """Document how an endpoint says no, besides what all of them do."""
    return documented(*statuses, *ALWAYS)


def documented(*statuses: int) -> Documented:
    """Document exactly these."""
    return {status: _own(status) for status in sorted(set(statuses))}


def openai_refusals(*statuses: int) -> Documented:
    """Document how an endpoint of the OpenAI protocol says no."""
    return {
        status: _documented(
            status,
            OpenaiErrorReply,
            openai_error(Refusal(status=status, message=EXAMPLES[status][0], hint=EXAMPLES[status][1]), REFERENCE),
        )
        for status in sorted({*statuses, *ALWAYS})
    }


def _own(status: int) -> dict[str, Any]:
    message, hint = EXAMPLES[status]
    return _documented(status, ErrorReply, {"error": {"message": message, "hint": hint, "reference": REFERENCE}})


def _documented(status: int, form: type[BaseModel], example: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "description": MEANINGS[status],
        "content": {"application/json": {"schema": {"$ref": f"{SCHEMAS}{form.__name__}"}, "example": example}},
    }
    return told | ({"headers": AFTER} if status == 429 else {})
