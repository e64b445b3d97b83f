"""Models that have something of somebody forgotten in them: a note beside each, and so on all that stands on it."""

from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from hone.workspace import Workspace
from training.candidates.candidates import Candidate, list_candidates
from training.candidates.drafts import write_whole
from training.candidates.manifest import below

FILE = "forgotten.json"


class ForgottenNote(BaseModel):
    """A note beside a model: somebody whose evidence is in it is gone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    when: datetime
    evidence: int  # pieces of theirs that it was trained on
    measured: int  # and that it was chosen or judged by
    through: tuple[str, ...] = ()  # versions below it that it has it from, nearest first
    key: str  # the same person forgotten twice over, after a crash, is one note


class _Notes(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    forgotten: tuple[ForgottenNote, ...]


def forgotten_in(folder: Path) -> tuple[ForgottenNote, ...]:
    """Return the notes on a model, oldest first: its own, and those of the models that it was trained on top of.

    One that was trained after somebody was forgotten, on top of a model with something of them, has it too.
    """
    found = {note.key: note for note in _own(folder)}
    for lower, _ in below(folder):
        for note in _own(lower):
            has = ForgottenNote(
                when=note.when, evidence=0, measured=0, through=(lower.name, *note.through), key=note.key
            )
            found.setdefault(note.key, has)
    return tuple(sorted(found.values(), key=lambda note: (note.when, note.key)))


def add_note(folder: Path, note: ForgottenNote) -> None:
    """Leave a note beside a model, once."""
    others = tuple(known for known in _own(folder) if known.key != note.key)
    write_whole(folder / FILE, _Notes(forgotten=(*others, note)).model_dump_json(indent=1))


def models_with_forgotten(workspace: Workspace) -> tuple[Candidate, ...]:
    """List the models with something of somebody forgotten, newest first."""
    return tuple(item for item in list_candidates(workspace.home).found if forgotten_in(item.folder))


def live_with_forgotten(workspace: Workspace) -> Candidate | None:
    """Return the model that answers now, if it has something of somebody forgotten."""
    live = workspace.registry.live()
    return next(
        (item for item in models_with_forgotten(workspace) if live and item.manifest.model == live.model.id), None
    )


def _own(folder: Path) -> tuple[ForgottenNote, ...]:
    try:
        return _Notes.model_validate_json((folder / FILE).read_bytes()).forgotten
    except (OSError, ValidationError):
        return ()
