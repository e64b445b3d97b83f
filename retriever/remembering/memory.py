"""The memory of a workspace: what is confirmed, kept at hand, and what of it lifts which passages for whom.

A search asks one number; where that has not moved, everything is in this process already. What has moved is read by the
search that sees it first, while others go on with what they have.
"""

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from hone.errors import HoneError
from hone.log.confirmations import Confirmation, ConfirmationLog
from hone.records import ConfirmedBy
from hone.workspace import Workspace
from retriever.encoding.encoder import Encoder
from retriever.library.authors import authors_of
from retriever.library.library import Library
from retriever.ranking.leg import Query
from retriever.ranking.words import analyse
from retriever.remembering.lifts import Lift, lifts_of
from retriever.remembering.questions import ConfirmedQuestions, questions_of

log = logging.getLogger(__name__)

AT_ONCE = 16  # questions that a search encodes itself; of more, a thread does the rest
BATCH = 8  # questions that the thread encodes between two of people's
ENCODERS = 2  # whose questions are kept at hand: while models are exchanged, searches use both
PASSAGES = 8  # of a document that was confirmed as a whole, those with most of the question's words

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """What the memory has to say to one question of one asker, by passage."""

    scores: Mapping[str, float] = field(default_factory=dict[str, float])  # in units of the fused order
    most: Mapping[str, int] = field(default_factory=dict[str, int])  # places that some may rise by at most
    by: Mapping[str, ConfirmedBy] = field(default_factory=dict[str, ConfirmedBy])


NOTHING = Recalled()


class QuestionMemory:
    """Recalls what people confirmed for near questions; one is shared by every thread of a searcher."""

    def __init__(self, workspace: Workspace, library: Library) -> None:
        self._workspace, self._library = workspace, library
        self._weight = workspace.settings.search.memory_weight
        self._loading = threading.Lock()
        self._held = dict[str, ConfirmedQuestions]()  # by the encoder's hash
        self._made = dict[str, dict[str, Vector]]()  # what a thread has encoded since
        self._texts = dict[str, tuple[int, tuple[tuple[str, frozenset[str]], ...]]]()  # of documents, by revision
        self._thread: threading.Thread | None = None

    def recall(self, query: Query, person: str, encoder: Encoder, mean: float) -> Recalled:
        """Recall what is confirmed for near questions; `mean` is the cosine of two random passages."""
        if query.vector is None or not (self._workspace.home / "log.db").exists():
            return NOTHING
        try:
            questions = self.questions(encoder)
            near = questions.near(query.text, query.vector, mean) if questions else ()
            lifts = lifts_of(near, person, questions.people) if questions and near else ()
            return self._placed(lifts, query) if lifts else NOTHING
        except HoneError as error:  # a log that can't be read costs the memory, never the search
            log.warning("what was confirmed can't be recalled: %s", error.message)
            return NOTHING

    def questions(self, encoder: Encoder) -> ConfirmedQuestions | None:
        """Hold what is confirmed now; none where nothing ever was."""
        revision, held = self._log.revision(), self._held.get(encoder.card.hash)
        if not revision or (held is not None and held.revision == revision):
            return held
        if not self._loading.acquire(blocking=held is None):
            return held
        try:
            held = self._held.get(encoder.card.hash)  # another thread may have been faster
            return held if held is not None and held.revision == revision else self._load(revision, encoder, held)
        finally:
            self._loading.release()

    @property
    def _log(self) -> ConfirmationLog:
        return ConfirmationLog(self._workspace.log_database)

    def _load(self, revision: int, encoder: Encoder, held: ConfirmedQuestions | None) -> ConfirmedQuestions:
        said, model = self._said([item for items in held.said for item in items] if held else []), encoder.card.hash
        wanted = dict.fromkeys(item.question for item in said)
        known = {**(held.known() if held else {}), **self._made.pop(model, {})}
        known |= self._kept(model, [item for item in said if item.question not in known])
        lacking = [text for text in wanted if text not in known]
        known |= self._encoded(encoder, lacking[:AT_ONCE], said)
        people = self._log.people()
        made = questions_of(said, known, revision=revision, people=people)
        others = {name: one for name, one in self._held.items() if name != model}
        self._held = dict([*others.items(), (model, made)][-ENCODERS:])
        if rest := lacking[AT_ONCE:]:
            self._encode_later(encoder, rest, said)
        return made

    def _said(self, known: Sequence[Confirmation]) -> list[Confirmation]:
        """Read what is confirmed, but for what authors say of their own documents and what opted-out people say."""
        table = self._workspace.settings.training.authors
        said = self._log.confirmations(self._workspace.optouts.people(), known)
        authors = authors_of(table, self._library.documents() if table else ())
        return [item for item in said if item.person not in authors.get(item.document, frozenset())]

    def _kept(self, model: str, said: Sequence[Confirmation]) -> dict[str, Vector]:
        found = self._log.vectors(model, {item.id for item in said}) if said else {}
        return {item.question: _vector(found[item.id]) for item in said if item.id in found}

    def _encoded(self, encoder: Encoder, texts: Sequence[str], said: Sequence[Confirmation]) -> dict[str, Vector]:
        if not texts:
            return {}
        made = {text: vector.copy() for text, vector in zip(texts, encoder.encode_queries(texts), strict=True)}
        ids = {item.question: item.id for item in said}
        try:
            self._log.keep_vectors(
                encoder.card.hash, {ids[text]: vector.astype("<f2").tobytes() for text, vector in made.items()}
            )
        except HoneError as error:  # a full disk: they are made again when the process starts anew
            log.warning("vectors of confirmed questions can't be kept: %s", error.message)
        return made

    def _encode_later(self, encoder: Encoder, texts: Sequence[str], said: Sequence[Confirmation]) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(
                target=self._encode_all, args=(encoder, texts, said), name="encode-confirmed", daemon=True
            )
            self._thread.start()

    def _encode_all(self, encoder: Encoder, texts: Sequence[str], said: Sequence[Confirmation]) -> None:
        model, made = encoder.card.hash, dict[str, Vector]()
        try:
            for start in range(0, len(texts), BATCH):
                made |= self._encoded(encoder, texts[start : start + BATCH], said)
        except HoneError as error:  # the encoder was closed under it
            log.info("encoding confirmed questions ended early: %s", error.message)
        with self._loading:
            self._made[model] = made
            if (held := self._held.get(model)) is not None:
                self._held = {**self._held, model: replace(held, revision=-1)}  # read again by the next search

    def _placed(self, lifts: Sequence[Lift], query: Query) -> Recalled:
        """Say which passages are lifted: those that were confirmed, or the likeliest of their document."""
        owners = self._library.owners(sorted({name for lift in lifts for name in lift.objects}))
        scores, most, by = dict[str, float](), dict[str, int](), dict[str, ConfirmedBy]()
        for lift in lifts:
            names = [name for name in lift.objects if name in owners]
            if len(names) < len(lift.objects):
                names += self._likeliest(lift.document, frozenset(query.words.split()))
            for name in dict.fromkeys(names):
                scores[name], by[name] = self._weight * lift.strength, lift.by
                if lift.rise is not None:
                    most[name] = lift.rise
        return Recalled(scores=scores, most=most, by=by)

    def _likeliest(self, document: str, words: frozenset[str]) -> list[str]:
        """Find the passages of a document with most of the question's words."""
        revision, (known, texts) = self._library.revision(), self._texts.get(document, (-1, ()))
        if known != revision:
            found = self._library.passages(document)
            texts = tuple(
                (item.id, frozenset(analyse(f"{' '.join(item.heading)} {item.text}").split())) for item in found
            )
            self._texts[document] = (revision, texts)
        order = sorted(range(len(texts)), key=lambda place: (-len(texts[place][1] & words), place))
        return [texts[place][0] for place in order[:PASSAGES]]


def open_memory(workspace: Workspace, library: Library) -> QuestionMemory | None:
    """Open the memory of a workspace, unless it is switched off."""
    settings = workspace.settings.search
    return QuestionMemory(workspace, library) if settings.memory and settings.memory_weight > 0 else None


def _vector(kept: bytes) -> Vector:
    vector = np.frombuffer(kept, dtype="<f2").astype(np.float32)
    return vector / max(float(np.linalg.norm(vector)), 1e-9)
