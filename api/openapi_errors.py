"""What the OpenAPI document says of each way to be refused."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import models_json_schema

from api.errors import Refusal, openai_error


class ErrorBody(BaseModel):
    """What happened, and how to fix it."""

    model_config = ConfigDict(extra="forbid")

    message: str
    hint: str
    reference: str = Field(description="Find it in the server's log by this.")


class ErrorReply(BaseModel):
    """Every reply that says no."""

    model_config = ConfigDict(extra="forbid")

    error: ErrorBody


class OpenaiErrorBody(BaseModel):
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

    error: OpenaiErrorBody


SCHEMAS = "#/components/schemas/"
FORMS: dict[str, Any] = models_json_schema(
    [(ErrorReply, "serialization"), (OpenaiErrorReply, "serialization")], ref_template=SCHEMAS + "{model}"
)[1]["$defs"]
EXAMPLES = {
    400: ("The question is empty.", "Ask something."),
    401: (
        "You are not signed in.",
        "Send the header Authorization: Bearer TOKEN. Your admin makes one: hone tokens create PERSON",
    ),
    404: ("There is no document 'wiki/vpn.md'.", "It may have been moved, renamed or deleted."),
    413: ("Content Too Large.", "See /docs."),
    422: ("k: Input should be less than or equal to 100.", "See /openapi.json for what each endpoint takes."),
    429: ("You have sent too many requests.", "Try again in 3 s."),
    500: ("Something went wrong on the server.", "Try again. If it happens again, give your admin the reference."),
    503: ("Nothing is indexed yet.", "Run: hone documents sync"),
}
MEANINGS = {
    400: "The request is not valid; the message says why.",
    401: "The token is missing, unknown, expired or revoked.",
    404: "It doesn't exist, or you can't access it. The reply is the same for both.",
    413: "The request is larger than a megabyte.",
    422: "A parameter or a field is missing, unknown or out of range.",
    429: "You sent too many requests. `Retry-After` says in how many seconds to try again.",
    500: "Something went wrong in Hone. The server's log has the details under the reference.",
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
    documented_reply: dict[str, Any] = {
        "description": MEANINGS[status],
        "content": {"application/json": {"schema": {"$ref": f"{SCHEMAS}{form.__name__}"}, "example": example}},
    }
    return documented_reply | ({"headers": AFTER} if status == 429 else {})
