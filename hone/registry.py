"""Which models there are, which generations were built with them, and the one pointer to what is live."""

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from hone.database import Database
from hone.errors import HoneError
from hone.records import EncoderCard, FusionWeights

State = Literal["ready", "damaged"]
MoveKind = Literal["build", "promotion", "rollback"]  # a build: documents or an encoder that an admin chose

_meta = sa.MetaData()
_models = sa.Table(
    "models",
    _meta,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("location", sa.Text),
    sa.Column("hash", sa.Text),
    sa.Column("card", sa.JSON),
    sa.Column("fusion", sa.JSON(none_as_null=True)),
    sa.Column("added", sa.Float),
)
_generations = sa.Table(
    "generations",
    _meta,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("model", sa.Text),
    sa.Column("engine", sa.Text),
    sa.Column("state", sa.Text),
    sa.Column("passages", sa.Integer),
    sa.Column("library_revision", sa.Integer),
    sa.Column("cosine_mean", sa.Float),
    sa.Column("cosine_deviation", sa.Float),
    sa.Column("built", sa.Float),
    sa.Column("beside", sa.Text),
)
_newest = sa.Table("newest_generation", _meta, sa.Column("id", sa.Text))
_pointer = sa.Table(
    "pointer",
    _meta,
    sa.Column("move", sa.Integer, primary_key=True),
    sa.Column("generation", sa.Text),
    sa.Column("at", sa.Float),
    sa.Column("why", sa.Text),
    sa.Column("kind", sa.Text),
    sa.Column("forced_by", sa.Text),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """An encoder and how its legs are weighed, under the id that logs and manifests name."""

    id: str
    location: str  # "default", a folder or a name; below the workspace's home for trained ones: models/m0003
    card: EncoderCard
    fusion: FusionWeights | None = None  # None: the packaged weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One index that was built: the encoder it belongs to and the state of the library it holds."""

    id: str
    model: Model
    engine: str
    state: State
    passages: int
    library_revision: int
    cosine_mean: float  # of two random passages of it, which is what a cosine is measured against
    cosine_deviation: float
    built: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One move of the pointer; those to generations that were pruned since are not remembered."""

    generation: Generation
    at: float  # seconds since the epoch
    why: str  # for people to read
    kind: MoveKind = "build"
    forced_by: str | None = None  # who promoted a model that hadn't passed; none: it needed no force


OWN = tuple(each.name for each in fields(Generation) if each.name != "model")  # what a generation's row holds as it is


class MovedError(HoneError):
    """Another index went live since the caller decided to move the pointer."""


def model_id(name: str, card: EncoderCard, fusion: FusionWeights | None = None) -> str:
    """Make the id of a model, the same one wherever it is made."""
    if fusion is None:
        return f"{name}@{card.hash[:8]}"
    weights = hashlib.sha256(json.dumps(fusion.stored(), sort_keys=True).encode()).hexdigest()
    return f"{name}@{card.hash[:8]}+{weights[:4]}"


class Registry:
    """Reads and moves the pointer; every change is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def register_model(self, name: str, location: str, card: EncoderCard, fusion: FusionWeights | None = None) -> Model:
        """Find or create the id of a model, the same one each time."""
        model = Model(id=model_id(name, card, fusion), location=location, card=card, fusion=fusion)
        with self._database.write() as connection:
            known = connection.execute(sa.select(_models.c.id).where(_models.c.id == model.id)).first()
            if known is None:
                row = {"id": model.id, "location": location, "hash": card.hash, "card": asdict(card)}
                weights = fusion.stored() if fusion else None
                connection.execute(_models.insert().values(**row, fusion=weights, added=time.time()))
        return model

    def models(self) -> Sequence[Model]:
        """List every model that was registered, newest first."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(_models).order_by(_models.c.added.desc())).mappings().all()
        return [_model(row["id"], row) for row in rows]

    def next_generation(self) -> str:
        """Name the generation that will be built next; names are never used twice."""
        with self._database.read() as connection:
            newest = connection.execute(sa.select(_newest.c.id)).scalar_one()
        return f"g{int(newest[1:]) + 1 if newest else 1:06d}"

    def record(self, generation: Generation) -> None:
        """Record a verified generation beside the live one: a candidate's, which nothing points to yet."""
        with self._database.write() as connection:
            _record(connection, generation)
            beside = _generations.update().where(_generations.c.id == generation.id)
            connection.execute(beside.values(beside=_live_model().scalar_subquery()))

    def go_live(self, generation: Generation, why: str, *, since: int | None = None) -> None:
        """Record a verified generation and move the pointer to it: the commit point of every build.

        With `since`, the move that was the newest when this was decided, it is refused if another has come meanwhile.
        """
        with self._database.write() as connection:
            _record(connection, generation)
            if since is not None:
                _require_still(connection, since)
            _move(connection, generation.id, why=why, kind="build")

    def point(self, generation: str, why: str, *, kind: MoveKind, since: int, forced_by: str | None = None) -> None:
        """Move the pointer to a generation that is recorded, unless it has moved since."""
        with self._database.write() as connection:
            _require_still(connection, since)
            if connection.execute(sa.select(_generations.c.id).where(_generations.c.id == generation)).first() is None:
                raise HoneError(f"Generation {generation} was deleted in the meantime.", hint="hone index list")
            _move(connection, generation, why=why, kind=kind, forced_by=forced_by)

    def live(self) -> Generation | None:
        """Return the live generation, if any."""
        with self._database.read() as connection:
            name = connection.execute(_newest_move()).scalar()
        return self.generation(name) if name else None

    def move(self) -> int:
        """Number the pointer's newest move: a cheap way to see that it has moved."""
        return self._database.glance("SELECT max(move) FROM pointer") or 0

    def moves(self) -> list[Move]:
        """List the pointer's moves, oldest first."""
        known = {item.id: item for item in self.generations()}
        with self._database.read() as connection:
            rows = connection.execute(sa.select(_pointer).order_by(_pointer.c.move)).mappings().all()
        told = ("at", "why", "kind", "forced_by")
        return [Move(generation=known[row["generation"]], **{name: row[name] for name in told}) for row in rows]

    def generation(self, name: str) -> Generation:
        """Find one generation."""
        for generation in self.generations():
            if generation.id == name:
                return generation
        raise HoneError(f"There is no generation {name!r}.", hint="`hone index list` shows all generations.")

    def generations(self) -> Sequence[Generation]:
        """List every generation, newest first."""
        query = sa.select(_generations, _models.c.location, _models.c.card, _models.c.fusion).join(
            _models, _models.c.id == _generations.c.model
        )
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(_generations.c.id.desc())).mappings().all()
        return [Generation(model=_model(row["model"], row), **{name: row[name] for name in OWN}) for row in rows]

    def beside_live(self) -> Sequence[Generation]:
        """List the generations that were built as candidates beside the model that is live now, and never were live."""
        pointed = sa.select(_pointer.c.generation)
        query = sa.select(_generations.c.id).where(
            _generations.c.id.not_in(pointed), _generations.c.beside == _live_model().scalar_subquery()
        )
        with self._database.read() as connection:
            names = set(connection.execute(query).scalars())
        return [item for item in self.generations() if item.id in names]

    def mark(self, generation: str, state: State) -> None:
        """Record that a generation was found damaged, or is good again."""
        with self._database.write() as connection:
            connection.execute(_generations.update().where(_generations.c.id == generation).values(state=state))

    def forget(self, generation: str) -> bool:
        """Take a generation out of the registry unless it is live; its name is never used again."""
        with self._database.write() as connection:
            if connection.execute(_newest_move()).scalar() == generation:
                return False
            connection.execute(_pointer.delete().where(_pointer.c.generation == generation))
            connection.execute(_generations.delete().where(_generations.c.id == generation))
        return True


def _newest_move() -> sa.Select[str]:
    return sa.select(_pointer.c.generation).order_by(_pointer.c.move.desc()).limit(1)


def _live_model() -> sa.Select[str]:
    return sa.select(_generations.c.model).where(_generations.c.id == _newest_move().scalar_subquery())


def _model(name: str, row: sa.RowMapping) -> Model:
    fusion = FusionWeights.read(row["fusion"]) if row["fusion"] else None
    return Model(id=name, location=row["location"], card=EncoderCard(**row["card"]), fusion=fusion)


def _record(connection: sa.Connection, generation: Generation) -> None:
    row = {**{name: getattr(generation, name) for name in OWN}, "model": generation.model.id, "state": "ready"}
    connection.execute(insert(_generations).values(row).on_conflict_do_update(index_elements=["id"], set_=row))
    connection.execute(_newest.update().where(_newest.c.id < generation.id).values(id=generation.id))


def _move(connection: sa.Connection, generation: str, **told: str | None) -> None:
    connection.execute(_pointer.insert().values(generation=generation, at=time.time(), **told))


def _require_still(connection: sa.Connection, since: int) -> None:
    newest = connection.execute(sa.select(_pointer).order_by(_pointer.c.move.desc()).limit(1)).first()
    if newest is not None and newest.move != since:
        raise MovedError(
            f"Another command was faster: {newest.generation} went live first ({newest.why}).",
            hint="Nothing was changed. See what is live now: hone index list",
        )
