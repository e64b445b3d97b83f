"""What is known of an endpoint: which structured mode works there, and how fast it is. Kept in the workspace."""

import json
import logging
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from agents.llm.requests import MODES, Mode
from hone.errors import masked
from hone.settings import LlmSettings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointFacts:
    """What was found out about one model at one endpoint."""

    mode: Mode | None = None
    first_token_ms: float | None = None
    tokens_per_second: float | None = None
    checked: str = ""  # when, in UTC; empty: never by `hone llm check`, only learned in passing


FILE = TypeAdapter(dict[str, EndpointFacts])


class Capabilities:
    """The memory of one endpoint, in a file that all endpoints of a workspace share."""

    def __init__(self, file: Path, settings: LlmSettings) -> None:
        self._file = file
        self._key = " ".join((settings.provider, masked(settings.base_url).rstrip("/") or "-", settings.model))
        self._offered = MODES if settings.provider == "openai" else MODES[1:]  # json_schema is a matter of the protocol
        self.known = _read(file).get(self._key, EndpointFacts())

    @property
    def modes(self) -> tuple[Mode, ...]:
        """The modes to try, surest first; those above the one that is known to work are known not to."""
        first = self._offered.index(self.known.mode) if self.known.mode in self._offered else 0
        return self._offered[first:]

    @property
    def offered(self) -> tuple[Mode, ...]:
        """Every mode that this endpoint's protocol has, surest first."""
        return self._offered

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
