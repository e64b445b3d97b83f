"""A person forgotten: in the log, in conversations and labels, and with a mark on every model that learned from them.

A model can't unlearn. So it is told, before the log forgets, which models have evidence of the person in them, and
beside each stays a note without a name: this one should be trained again. What is always there and has learned from
nobody here is the encoder of the settings: it goes live first and at once, and what is trained afterwards stands on it.
"""

import asyncio
import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from agents.memory import forget_person as forget_conversations
from eval.rating.store import FILE as RATINGS
from eval.rating.store import RatingStore
from hone.errors import HoneError, UsageError
from hone.log.asks import ASKS, AskLog
from hone.log.interactions import key_of
from hone.log.rows import EVENTS, SEARCHES
from hone.log.traces import read_traces
from hone.progress import Progress
from hone.registry import Generation
from hone.settings import Settings
from hone.workspace import Workspace
from retriever.indexing.encoders import Encoders
from retriever.indexing.generations import rebuild
from retriever.indexing.keeping import drop
from training.candidates.candidates import Candidate, Candidates, list_candidates, write_verdict
from training.candidates.drafts import abandoned, discard, take_up, training_lock
from training.candidates.forgotten_models import ForgottenNote, add_note, live_with_forgotten, models_with_forgotten
from training.candidates.promoting import PATIENCE
from training.candidates.promotion_impact import FILE as OUTCOMES
from training.candidates.promotion_impact import read_outcomes, write_outcomes
from training.evidence.labels import labels_of
from training.gate.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedModel:
    """A model with something of a person in it."""

    version: str
    model: str  # as the registry knows it
    evidence: int  # pieces of theirs that it was trained on
    measured: int  # and that it was chosen or judged by
    through: tuple[str, ...]  # versions below it that it has it from, nearest first
    live: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgetting:
    """What was forgotten of a person, and what can't forget."""

    searches: int
    events: int
    asks: int
    conversations: int
    labels: int
    models: tuple[LearnedModel, ...]  # newest first
    unreadable: tuple[str, ...]  # models of which nobody can tell, a sentence each

    @property
    def live(self) -> LearnedModel | None:
        """The model that answers now, if it learned from them: time to train again."""
        return next((model for model in self.models if model.live), None)


def learned_from(workspace: Workspace, person: str) -> tuple[LearnedModel, ...]:
    """Find the models that learned from a person, newest first: from their evidence, or from a model that did."""
    return _learned(workspace, list_candidates(workspace.home), _evidence_of(workspace, person))


def forget_person(workspace: Workspace, person: str) -> Forgetting:
    """Forget a person, and leave a note beside the models that learned from them; what was left unfinished goes.

    The notes are written first: whatever stops this half-way, doing it again finishes it. That they opted out is kept.
    """
    if not person:
        raise UsageError("Say whom to forget.", hint="Name the person as `hone searches list` shows them.")
    with training_lock(workspace):  # a model that is being trained would have them in it, and no note
        return _forget(workspace, person)


def _forget(workspace: Workspace, person: str) -> Forgetting:
    listed, ids = list_candidates(workspace.home), _evidence_of(workspace, person)
    models = _learned(workspace, listed, ids)
    folders = {candidate.version: candidate.folder for candidate in listed.found}
    for model in models:
        _note(folders[model.version], model, ids)
    if ids:
        for version in abandoned(workspace.home):
            discard(take_up(workspace.home, version))
    erase(workspace, person)
    labels = _forget_labels(workspace, person)
    asks = AskLog(workspace.log_database).forget(person)
    conversations = asyncio.run(forget_conversations(workspace, person))
    gone = workspace.log.forget(person)  # last: it writes the file anew, which takes every trace of the asks away too
    return Forgetting(
        searches=gone.searches,
        events=gone.events,
        asks=asks,
        conversations=conversations,
        labels=labels,
        models=models,
        unreadable=listed.unreadable,
    )


def _evidence_of(workspace: Workspace, person: str) -> frozenset[str]:
    """Return the ids of everything that could have become evidence and goes when the person is forgotten."""
    theirs = sa.select(SEARCHES.c.query_id).where(SEARCHES.c.client_id == person)
    events = sa.select(EVENTS.c.event_id).where((EVENTS.c.client_id == person) | EVENTS.c.query_id.in_(theirs))
    asks = sa.select(ASKS.c.ask_id).where(ASKS.c.client_id == person)
    with workspace.log_database.read() as connection:
        found = set(connection.execute(events).scalars())
        found |= {f"ask:{name}" for name in connection.execute(asks).scalars()}
    found |= {f"label:{label.query}:{label.passage}" for label in labels_of(workspace) if label.person == person}
    return frozenset(found)


def _learned(workspace: Workspace, listed: Candidates, ids: frozenset[str]) -> tuple[LearnedModel, ...]:
    live, made = workspace.registry.live(), {candidate.manifest.model: candidate for candidate in listed.found}
    taught = {candidate.version for candidate in listed.found if not _grounds(candidate).isdisjoint(ids)}
    return tuple(
        LearnedModel(
            version=candidate.version,
            model=candidate.manifest.model,
            evidence=len(candidate.manifest.evidence & ids),
            measured=len(candidate.manifest.measured & ids),
            through=through,
            live=live is not None and live.model.id == candidate.manifest.model,
        )
        for candidate in listed.found
        if (through := tuple(name for name in _below(candidate, made) if name in taught)) or candidate.version in taught
    )


def _grounds(candidate: Candidate) -> frozenset[str]:
    return candidate.manifest.evidence | candidate.manifest.measured


def _below(candidate: Candidate, made: Mapping[str, Candidate]) -> Sequence[str]:
    """Return the versions that a model was trained on top of, nearest first."""
    found: list[str] = []
    below = made.get(candidate.manifest.base)
    while below is not None and below.version not in (*found, candidate.version):
        found.append(below.version)
        below = made.get(below.manifest.base)
    return found


def _note(folder: Path, model: LearnedModel, ids: frozenset[str]) -> None:
    key = hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()[:16]
    note = ForgottenNote(
        when=datetime.now(UTC), evidence=model.evidence, measured=model.measured, through=model.through, key=key
    )
    add_note(folder, note)


def _forget_labels(workspace: Workspace, person: str) -> int:
    if not (workspace.home / RATINGS).exists():
        return 0
    with closing(RatingStore(workspace.home)) as store:
        return store.forget(person)


QUOTED = 80  # letters of a question that checks quote
INSTEAD = "'…'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a person asked, and the searches they asked it with."""

    questions: frozenset[str]
    searches: frozenset[str]


def erase(workspace: Workspace, person: str) -> None:
    """Take a person's questions out of every verdict, and their searches out of every promotion's outcomes."""
    words, home = words_of(workspace, person), workspace.home
    for candidate in list_candidates(home).found:
        if candidate.verdict is not None and (left := without(candidate.verdict, words.questions)) != candidate.verdict:
            write_verdict(home, left)
        try:
            outcomes = read_outcomes(home, candidate.version)
        except HoneError:  # nobody can tell whose it is
            (candidate.folder / OUTCOMES).unlink()
            continue
        kept = [item for item in outcomes if item.search_id not in words.searches]
        if len(kept) < len(outcomes):
            write_outcomes(home, candidate.version, kept)


def words_of(workspace: Workspace, person: str) -> Words:
    """Find all that a person asked, in any wording, as long as the log has it."""
    query = sa.select(SEARCHES.c.query_id, SEARCHES.c.user_query).where(SEARCHES.c.client_id == person)
    with workspace.log_database.read() as connection:
        searches = {row.query_id: row.user_query for row in connection.execute(query)}
    traces = read_traces(workspace.log_database)
    asks = [asked for asked in traces.asks.values() if asked.person == person]
    texts = [
        *searches.values(),
        *(text for asked in asks for text in (asked.question, asked.typed, *(part.text for part in asked.parts))),
        *(act.text for act in traces.acts if act.person == person),
    ]
    led_to = {part.search for asked in asks for part in asked.parts}
    return Words(
        questions=frozenset(" ".join(text.split()) for text in texts) - {""}, searches=frozenset(searches) | led_to
    )


def without(verdict: Verdict, questions: Collection[str]) -> Verdict:
    """Leave some questions out of a verdict: as regressions, and where a check quotes them; figures stay."""
    if not questions:
        return verdict
    keys = {key_of(text) for text in questions}
    forms = {repr(form[:QUOTED]) for text in questions for form in (text, key_of(text))}
    quoted = re.compile("|".join(map(re.escape, sorted(forms))), re.IGNORECASE)
    return verdict.model_copy(
        update={
            "reasons": tuple(quoted.sub(INSTEAD, reason) for reason in verdict.reasons),
            "checks": tuple(
                check.model_copy(update={"says": quoted.sub(INSTEAD, check.says)}) for check in verdict.checks
            ),
            "regressions": tuple(item for item in verdict.regressions if key_of(item.question) not in keys),
        }
    )


def clean_encoder(settings: Settings) -> str:
    """Name the encoder of the settings as a command takes it."""
    return settings.encoder.model or "default"


def put_clean_live(workspace: Workspace, progress: Progress, *, wait: float = PATIENCE) -> Generation | None:
    """Put the encoder of the settings live where the live model has something of somebody forgotten; else nothing.

    The indexes of all such models go, so that neither a rollback nor an emergency returns to one. Killed anywhere, it
    is finished by doing it again.
    """
    with workspace.writing("hone models forget-person", wait=wait):
        unclean = {item.manifest.model: item.version for item in models_with_forgotten(workspace)}
        if live_with_forgotten(workspace) is None:
            generation = None
        else:
            encoder = clean_encoder(workspace.settings)
            if (version := unclean.get(Encoders(workspace).register(encoder).id)) is not None:
                raise HoneError(
                    f"The encoder in the settings, {encoder}, is {version}, which learned from a forgotten person.",
                    hint="Switch to a clean one first: hone index rebuild --encoder default",
                )
            generation = rebuild(workspace, progress, encoder=encoder)
        drop(workspace, [item for item in workspace.registry.generations() if item.model.id in unclean])
    return generation
