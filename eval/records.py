"""What is asked to find out how good something is, and what is known about the right answer."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from agents.records import Turn
from hone.records import Asker

Unit = Literal["document", "passage"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvalQuestion:
    """A question, who asks it, and what a good answer stands on; whatever is not known is left empty."""

    id: str
    text: str
    history: tuple[Turn, ...] = ()  # what was said before; the question may not be clear without it
    asker: Asker = field(default_factory=Asker)  # what they may read decides what can be found
    gold: Mapping[str, float] = field(default_factory=dict[str, float])  # a document's or passage's id → its grade
    unit: Unit = "document"  # what `gold` names
    reference: str = ""  # the answer that a person gave
    contexts: tuple[str, ...] = ()  # texts that the reference stands on
    answerable: bool | None = None  # none: nobody has said
    tags: Mapping[str, str] = field(default_factory=dict[str, str])  # what to slice by: kind, source, language …


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionSet:
    """Questions that were read from one place, and what identifies them."""

    name: str
    questions: tuple[EvalQuestion, ...]
    origin: Path | str  # the file or folder; "log" for the search log
    fingerprint: str  # sha256 over the bytes read, so that a run names exactly what it asked
    people_wrote: bool  # false where questions were generated; the two are never mixed in one set

    def settings(self) -> dict[str, Any]:
        """Name the set in a run's settings: the same settings go on with the run, and do it again."""
        return {
            "name": self.name,
            "origin": str(self.origin),
            "fingerprint": self.fingerprint,
            "count": len(self.questions),
            "people_wrote": self.people_wrote,
            "askers": sorted({question.asker.name for question in self.questions}),
            "readers": self.readers,
        }

    @property
    def readers(self) -> str:
        """Hash what each asker may read: once that changes, the same file is another evaluation."""
        groups = [sorted(question.asker.groups) for question in self.questions]
        return hashlib.sha256(json.dumps(groups).encode()).hexdigest()[:12]
