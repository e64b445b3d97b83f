"""What is known of an endpoint: what its model may do here, in which mode, and how fast. Kept in the workspace."""

import json
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from agents.llm.requests import MODES, Mode
from hone.errors import masked
from hone.settings import LlmSettings

log = logging.getLogger(__name__)

Role = Literal["plan", "judge", "write"]
ROLES: tuple[Role, ...] = ("plan", "judge", "write")
Verdicts = Literal["token", "fields"]  # by how probable one token is, or by the fields of a reply
LEAST_CONTEXT = 2048  # tokens: two passages, the rules and a reply of a few sentences
REPLY_SHARE = 4  # a reply may take this part of a small context


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointFacts:
    """What was found out about one model at one endpoint."""

    mode: Mode | None = None
    first_token_ms: float | None = None
    tokens_per_second: float | None = None
    denied: Mapping[Role, str] = field(default_factory=dict[Role, str])  # what its model may not do here, and why
    verdicts: Verdicts = "fields"
    usual_odds: float = 1.0  # log odds that a passage answers, halfway between questions with an answer and without
    odds_apart: float = 1.0  # how far those of either kind are from there, in the mean
    context_tokens: int | None = None  # of prompt and reply together, as the server says
    bytes_a_token: float | None = None  # of plain English, as the server counts
    checked: str = ""  # when, in UTC; empty: never by `hone llm check`, only learned in passing


FILE = TypeAdapter(dict[str, EndpointFacts])


class Capabilities:
    """The memory of one endpoint, in a file that all endpoints of a workspace share."""

    def __init__(self, file: Path, settings: LlmSettings, place: str = "") -> None:
        self._file = file
        address = place or masked(settings.base_url).rstrip("/") or "-"
        self._key = " ".join((settings.provider, address, settings.model))
        self._offered = MODES if settings.provider == "openai" else MODES[1:]  # json_schema is a matter of the protocol
        self.known = EndpointFacts()
        self._seen: tuple[int, int] | None = None
        self.refresh()

    def refresh(self) -> None:
        """Read again what is known, if another process has found out more."""
        seen = _stamp(self._file)
        if seen != self._seen or seen is None:
            self.known = _read(self._file).get(self._key, self.known if seen is None else EndpointFacts())
            self._seen = seen

    @property
    def modes(self) -> tuple[Mode, ...]:
        """The modes to try, surest first; those above the one that is known to work are known not to."""
        first = self._offered.index(self.known.mode) if self.known.mode in self._offered else 0
        return self._offered[first:]

    @property
    def offered(self) -> tuple[Mode, ...]:
        """Every mode that this endpoint's protocol has, surest first."""
        return self._offered

    def may(self, role: Role) -> bool:
        """Check whether the model may do this; one that was never checked may try."""
        return role not in self.known.denied

    @property
    def points(self) -> bool:
        """Whether the model gives its verdict by the probability of one token."""
        return self.known.verdicts == "token" and self.may("judge")

    def learn(self, mode: Mode) -> None:
        """Remember which mode works."""
        if mode != self.known.mode:
            self._keep(replace(self.known, mode=mode))

    def checked(self, known: EndpointFacts, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Remember what a check found."""
        self._keep(replace(known, checked=now().isoformat(timespec="seconds")))

    def _keep(self, known: EndpointFacts) -> None:
        self.known = known
        try:
            _write(self._file, {**_read(self._file), self._key: known})
        except OSError as error:
            log.warning("Couldn't save what was learned about the LLM: %s", error)


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino


def _read(file: Path) -> dict[str, EndpointFacts]:
    try:
        return FILE.validate_json(file.read_bytes())
    except (OSError, ValidationError):  # it is only a memory: an unreadable one is learned anew
        return {}


def _write(file: Path, everything: dict[str, EndpointFacts]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    draft.write_text(json.dumps({key: asdict(known) for key, known in everything.items()}, indent=2), encoding="utf-8")
    draft.replace(file)
