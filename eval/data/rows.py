"""One row of a ragas dataset: what it may hold, and what it says of a question and of an answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag

from agents.records import Role, Turn
from eval.records import EvalQuestion
from hone.records import Asker
from retriever.searching.searcher import LONGEST_QUERY

EXPECTED = (
    'Each row: {"user_input": "…", "reference": "…", "response": "…", "retrieved_contexts": ["…"], '
    '"reference_contexts": ["…"], "retrieved_context_ids": ["…"], "reference_context_ids": ["…"]}; only user_input is '
    "needed. id, asker, answerable and tags are optional too."
)
ROLES: Mapping[str, Role] = {"human": "user", "user": "user", "ai": "assistant", "assistant": "assistant"}


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAnswer:
    """An answer that a dataset brings along."""

    response: str
    contexts: tuple[str, ...] | None = None  # what it was made from
    context_ids: tuple[str, ...] | None = None


class RowMessage(BaseModel):
    """One message of a conversation, as ragas keeps it."""

    model_config = ConfigDict(extra="ignore")  # metadata, tool calls

    content: str
    type: Literal["human", "user", "ai", "assistant"]


def _text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Id = Annotated[str, BeforeValidator(_text)]
Question = Annotated[str, Field(min_length=1, max_length=LONGEST_QUERY, pattern=r"\S")]
Asked = Annotated[  # told apart first, so that what is wrong is told once
    Annotated[Question, Tag("text")] | Annotated[list[RowMessage], Tag("messages")],
    Discriminator(lambda value: "messages" if isinstance(value, list) else "text"),
]


class DatasetRow(BaseModel):
    """One row: the fields of ragas' `SingleTurnSample`, or a conversation as its `user_input`, and a few of ours."""

    model_config = ConfigDict(extra="forbid")

    user_input: Asked
    response: str | None = None
    reference: str | None = None
    retrieved_contexts: list[str] | None = None
    reference_contexts: list[str] | None = None
    retrieved_context_ids: list[Id] | None = None
    reference_context_ids: list[Id] | None = None
    rubrics: dict[str, str] | None = None
    multi_responses: list[str] | None = None
    persona_name: str | None = None
    query_style: str | None = None
    query_length: str | None = None
    synthesizer_name: str | None = None  # ragas' own generator writes it
    id: Id | None = None
    asker: str | None = None
    answerable: bool | None = None
    tags: dict[str, str] | None = None

    def problems(self, *, as_is: bool) -> list[str]:
        """Report what is wrong beyond the form of single fields."""
        found = list[str]()
        turns = self.turns()
        if not any(turn.role == "user" and turn.text.strip() for turn in turns):
            found.append("user_input: it's empty")
        if as_is and self.given() is None:
            found.append("response: it's empty, so there's nothing to score; without --as-is the assistant answers")
        texts, ids = self.retrieved_contexts, self.retrieved_context_ids
        if texts is not None and ids is not None and len(texts) != len(ids):
            found.append(f"retrieved_context_ids: {len(ids)} for {len(texts)} retrieved_contexts")
        return found

    def turns(self) -> list[Turn]:
        """Return the conversation, the question among it."""
        if isinstance(self.user_input, str):
            return [Turn(role="user", text=self.user_input)]
        return [Turn(role=ROLES[message.type], text=message.content) for message in self.user_input]

    def given(self) -> GivenAnswer | None:
        """Return the answer that the row brings along: its response, or what the conversation ends with."""
        last = self.turns()[-1:]
        ending = last[0].text if last and last[0].role == "assistant" else None
        response = self.response if self.response is not None else ending
        if response is None:
            return None
        return GivenAnswer(
            response=response, contexts=_kept(self.retrieved_contexts), context_ids=_kept(self.retrieved_context_ids)
        )

    def question(self, number: int, asker: Asker) -> EvalQuestion:
        """Return the question, which is the last thing a person says in it."""
        turns = self.turns()
        last = max(place for place, turn in enumerate(turns) if turn.role == "user")
        return EvalQuestion(
            id=self.id or str(number),
            text=turns[last].text,
            history=tuple(turns[:last]),
            asker=asker,
            gold=dict.fromkeys(self.reference_context_ids or (), 1.0),
            reference=self.reference or "",
            contexts=tuple(self.reference_contexts or ()),
            answerable=self.answerable,
            tags={**self._sliced(), **(self.tags or {})},
        )

    def _sliced(self) -> dict[str, str]:
        told: dict[str, Any] = {
            "persona": self.persona_name,
            "style": self.query_style,
            "made as": self.synthesizer_name,
        }
        return {name: str(value) for name, value in told.items() if value}


def _kept(values: list[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)
