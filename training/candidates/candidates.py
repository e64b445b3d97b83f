"""Models that were trained: `models/<version>/` with a manifest, what the gate said of them, and where they stand."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ValidationError

from hone.errors import HoneError, UsageError
from hone.records import EncoderCard, FusionWeights
from hone.registry import Model, Move, model_id
from hone.workspace import Workspace
from retriever.indexing.encoders import MODULES, TRAINED, Encoders
from training.candidates.drafts import VERSION, ModelDraft, Origin, origin_of, seal_folder, write_whole
from training.candidates.manifest import FILE as MANIFEST
from training.candidates.manifest import ModelManifest
from training.gate.verdict import FILE as VERDICT
from training.gate.verdict import Decision, Forced, Verdict

LATEST = "latest"
Sheet = TypeVar("Sheet", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A model that was trained to the end."""

    version: str
    folder: Path
    manifest: ModelManifest
    verdict: Verdict | None  # none before the gate has spoken

    @property
    def pruned(self) -> bool:
        """Check whether its own encoder is gone, so that it can't serve any more."""
        own = self.manifest.location == location_of(self.version)
        return own and not (self.folder / MODULES).is_file()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Every candidate of a home, newest first, and what could not be read."""

    found: tuple[Candidate, ...]
    unreadable: tuple[str, ...]  # a sentence each


class _UnreadableError(Exception):
    """A file that is not what it should be."""


def location_of(version: str) -> str:
    """Return where a version's encoder is, as its card and the registry name it."""
    return f"{TRAINED}/{version}"


def seal(draft: ModelDraft, manifest: ModelManifest) -> Candidate:
    """Make a draft a candidate; from here on its folder does not change."""
    folder = seal_folder(draft, manifest)
    return Candidate(version=draft.version, folder=folder, manifest=manifest, verdict=None)


def list_candidates(home: Path) -> Candidates:
    """Read every candidate; one that can't be read is told and keeps no other from being listed."""
    found, unreadable = list[Candidate](), list[str]()
    folders = [folder for folder in (home / TRAINED).glob("m*") if VERSION.fullmatch(folder.name)]
    for folder in sorted(folders, key=lambda folder: int(folder.name[1:]), reverse=True):
        try:
            manifest = _read(folder / MANIFEST, ModelManifest)
        except _UnreadableError as error:
            unreadable.append(str(error))
            continue
        verdict: Verdict | None = None
        try:
            verdict = _read(folder / VERDICT, Verdict) if (folder / VERDICT).exists() else None
        except _UnreadableError as error:
            unreadable.append(str(error))
        found.append(Candidate(version=folder.name, folder=folder, manifest=manifest, verdict=verdict))
    return Candidates(found=tuple(found), unreadable=tuple(unreadable))


def find_candidate(home: Path, name: str) -> Candidate:
    """Find a candidate by its version, by the id that the registry knows it by, or the `latest`."""
    listed = list_candidates(home)
    for candidate in listed.found:
        if name in (LATEST, candidate.version, candidate.manifest.model):
            return candidate
    if told := [line for line in listed.unreadable if f"{TRAINED}/{name}/" in line]:
        raise HoneError(" ".join(told), hint="Restore that file from a backup, or train again: hone models retrain")
    raise UsageError(f"There is no model {name!r}. Models: {_told(listed.found)}.", hint="hone models list")


def write_verdict(home: Path, verdict: Verdict) -> None:
    """Write what was decided beside the candidate, in place of what was decided before."""
    folder = home / TRAINED / verdict.version
    if not folder.is_dir():
        raise HoneError(f"There is no model {verdict.version!r} in {home / TRAINED}.", hint="hone models list")
    write_whole(folder / VERDICT, verdict.model_dump_json(indent=1))


def _read(path: Path, sheet: type[Sheet]) -> Sheet:
    try:
        return sheet.model_validate_json(path.read_bytes())
    except OSError as error:
        raise _UnreadableError(f"{path} can't be read: {error.strerror}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise _UnreadableError(f"{path} is damaged: {where}: {first['msg']}.") from error


def _told(found: Sequence[Candidate]) -> str:
    return ", ".join(item.version for item in found) or "none"


def register(workspace: Workspace, candidate: Candidate) -> Model:
    """Write a candidate into the registry, once; refuse one whose folder is not what was sealed."""
    manifest = candidate.manifest
    known = {model.id: model for model in workspace.registry.models()}
    if manifest.model in known:
        return known[manifest.model]
    fusion = FusionWeights.read(manifest.fusion) if "+" in manifest.model else None
    name = manifest.model.partition("@")[0]
    for card in _cards(workspace, candidate, known.get(manifest.base)):
        if model_id(name, card, fusion) == manifest.model:
            return workspace.registry.register_model(name, manifest.location, card, fusion)
    raise HoneError(
        f"The model in {workspace.home / manifest.location} was changed: it isn't {manifest.model} any more.",
        hint="Restore its folder from a backup, or train again: hone models retrain",
    )


def _cards(workspace: Workspace, candidate: Candidate, base: Model | None) -> Iterator[EncoderCard]:
    """Return what the candidate's encoder may be: its base's, where nothing but weights of the legs was learned."""
    location = candidate.manifest.location
    if base is not None and location != location_of(candidate.version):
        yield base.card
        return
    for truncate_dim in dict.fromkeys((None, base.card.truncate_dim if base else None)):
        yield Encoders(workspace).open(location, truncate_dim).card


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateStatus:
    """A candidate, and what has become of it."""

    candidate: Candidate
    decision: Decision | Literal["undecided"]
    live: bool
    forced: Forced | None = None  # how it went live although it had not passed


def candidate_statuses(workspace: Workspace) -> tuple[CandidateStatus, ...]:
    """List what became of every candidate, newest first; a promotion counts before its verdict is rewritten."""
    moves = workspace.registry.moves()
    was_live = {move.generation.model.id for move in moves}
    live = moves[-1].generation.model.id if moves else ""
    return tuple(
        CandidateStatus(
            candidate=item,
            decision="promoted" if item.manifest.model in was_live else _said(item),
            live=item.manifest.model == live,
            forced=forced_of(item, moves),
        )
        for item in list_candidates(workspace.home).found
    )


def forced_of(candidate: Candidate, moves: Sequence[Move]) -> Forced | None:
    """Check whether a candidate was put live by force, by whom and over which checks."""
    verdict = candidate.verdict
    for move in reversed(moves):
        if move.generation.model.id == candidate.manifest.model and move.kind == "promotion":
            if move.forced_by is None:
                return None
            failed = tuple(check.name for check in verdict.checks if not check.passed) if verdict else ()
            return Forced(by=move.forced_by, at=datetime.fromtimestamp(move.at, UTC), failed=failed)
    return verdict.forced if verdict else None  # the generation was pruned, and its moves with it


def left_unjudged(workspace: Workspace, origin: Origin, say: Callable[[str], None]) -> Candidate | None:
    """Find the newest candidate if the gate has not seen it, as after a kill between the two, and can still judge it.

    On other pairs it might be asked what it has learned from; `say` hears which it is.
    """
    for item in candidate_statuses(workspace)[:1]:
        candidate = item.candidate
        if item.decision != "undecided" or candidate.pruned:
            continue
        if not (why := origin_of(candidate.manifest).differs(origin)):
            say(f"{candidate.version} was trained but not judged; the gate checks it now.")
            return candidate
        say(f"{candidate.version} was trained but not judged, and can't be any more: {why}.")
    return None


def _said(candidate: Candidate) -> Decision | Literal["undecided"]:
    return candidate.verdict.decision if candidate.verdict else "undecided"
