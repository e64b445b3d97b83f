"""One row of a ragas dataset: what it may hold, and what it says of a question and of an answer."""

import ast
import csv
import io
import json
import tokenize
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag

from agents.records import Role, Turn
from eval.data.problems import Problems
from eval.records import EvalQuestion
from hone.errors import UsageError
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


LISTS = frozenset(name for name in DatasetRow.model_fields if name.endswith(("contexts", "_ids", "responses")))
MAPPINGS = frozenset({"rubrics", "tags"})
LONGEST_CELL = 1 << 26  # characters; the csv module refuses more than 131,072 unless told


def csv_rows(file: Path, problems: Problems) -> Iterator[tuple[int, dict[str, Any]]]:
    """Read the rows with the numbers of the lines on which they begin; an empty cell is a field left out."""
    text = "\n".join(line for _, line in _whole(file, problems))
    reader = csv.DictReader(io.StringIO(text), strict=True)
    began = 2
    with _long_cells():
        while True:
            try:
                row = next(reader, None)
            except csv.Error as error:
                problems.add(began, f"it isn't valid CSV: {error}", file)
                return
            if row is None:
                return
            yield began, _fields(row, began, file, problems)
            began = reader.line_num + 1


def _whole(file: Path, problems: Problems) -> Iterator[tuple[int, str]]:
    """Yield every line, empty ones too: a cell may hold them."""
    before = 0
    for number, line in problems.lines(file):
        yield from ((missing, "") for missing in range(before + 1, number))
        yield number, line
        before = number


def _fields(row: dict[str | Any, Any], line: int, file: Path, problems: Problems) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, cell in row.items():
        if name is None:
            problems.add(line, f"it has {len(cell)} more cells than the header has names", file)
        elif cell:
            found[name] = _value(name, cell, line, file, problems)
    return found


def _value(name: str, cell: str, line: int, file: Path, problems: Problems) -> Any:
    conversation = name == "user_input" and cell.lstrip().startswith("[{")
    if name not in LISTS | MAPPINGS and not conversation:
        return cell
    try:
        return json.loads(cell)
    except ValueError:
        pass
    try:
        if _runs_together(cell):
            raise ValueError("texts without a comma between them, as numpy prints them")
        return ast.literal_eval(cell)
    except (ValueError, SyntaxError, MemoryError, RecursionError, tokenize.TokenError) as error:
        problems.add(line, f"{name}: it isn't a JSON or Python list ({error})", file)
        return [] if name in LISTS else {}


def _runs_together(cell: str) -> bool:
    """Check whether two texts stand side by side, which Python would silently read as one."""
    kinds = [token.type for token in tokenize.generate_tokens(io.StringIO(cell).readline) if token.string.strip()]
    return any(one == other == tokenize.STRING for one, other in pairwise(kinds))


@contextmanager
def _long_cells() -> Generator[None]:
    before = csv.field_size_limit(LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


STATE, SPLITS = "state.json", "dataset_dict.json"


def is_saved(folder: Path) -> bool:
    """Check whether `save_to_disk` made this folder."""
    return (folder / STATE).is_file() or (folder / SPLITS).is_file()


def open_saved(folder: Path, split: str | None) -> Any:
    """Open a dataset's split: the one that is named, `test`, or the only one there is."""
    import datasets  # pyright: ignore[reportMissingTypeStubs]  # a second, for this form only

    try:
        found: Any = datasets.load_from_disk(str(folder))  # pyright: ignore[reportUnknownMemberType]
    except Exception as error:  # whatever pyarrow, json and the disk raise
        what = " ".join(str(error).split())
        raise UsageError(
            f"{folder} can't be read as a dataset: {what}", hint="Save it again with datasets' save_to_disk."
        ) from error
    if not isinstance(found, datasets.DatasetDict):
        if split is not None:
            raise UsageError(f"{folder} is one dataset without splits.", hint="Leave out --split.")
        return found
    known = list(map(str, found))
    wanted = split or ("test" if "test" in known else known[0] if len(known) == 1 else "")
    if wanted not in known:
        told = f"There is no split {wanted!r} in {folder}" if wanted else f"{folder} has several splits"
        raise UsageError(f"{told}; there are {', '.join(known)}.", hint=f"Name one: --split {known[0]}")
    return found[wanted]


def saved_files(dataset: Any) -> list[Path]:
    """Name the files that hold the rows, in order."""
    return [Path(item["filename"]) for item in dataset.cache_files]


def saved_rows(dataset: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """Read the rows with their numbers, from 1; a null is a field left out."""
    for number, row in enumerate(dataset, 1):
        yield number, _present(row)


def _present(value: Any) -> Any:
    """Leave out what a struct has no value for: Arrow gives every row the fields of all."""
    if isinstance(value, dict):
        return {name: _present(item) for name, item in value.items() if item is not None}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return [_present(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return value
