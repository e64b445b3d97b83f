"""Tokens for programs: each stands for a person, and only its hash is kept."""

import hashlib
import secrets
import time
import uuid
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from hone.database import Database
from hone.errors import UnknownAskerError, UsageError

PREFIX = "hone_"  # so that secret scanners, and people, know one when they see it
DAY = 86_400.0
USED_EVERY = 60.0  # seconds between two notes of when a token was used last

_tokens = sa.Table(
    "tokens",
    sa.MetaData(),
    *(sa.Column(name, sa.Text) for name in ("id", "hash", "person", "name")),
    *(sa.Column(name, sa.Float) for name in ("created", "expires", "used")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What is known of a token; the token itself is shown once and kept nowhere."""

    id: str
    person: str
    name: str
    created: float
    expires: float | None
    used: float | None


class Tokens:
    """Makes, finds and revokes tokens."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, person: str, name: str = "", days: float | None = None) -> tuple[Token, str]:
        """Make a token for a person; its text is given this once."""
        text, now = PREFIX + secrets.token_urlsafe(32), time.time()
        token = Token(
            id=uuid.uuid4().hex[:8],
            person=person,
            name=name,
            created=now,
            expires=None if days is None else now + days * DAY,
            used=None,
        )
        with self._database.write() as connection:
            connection.execute(_tokens.insert().values(hash=_hash(text), **asdict(token)))
        return token, text

    def tokens(self) -> list[Token]:
        """List the tokens there are, newest first."""
        query = sa.select(_tokens).order_by(_tokens.c.created.desc())
        with self._database.read() as connection:
            return [_token(row) for row in connection.execute(query)]

    def revoke(self, id_: str) -> Token:
        """Revoke a token, at once and for good."""
        found = next((token for token in self.tokens() if token.id == id_), None)
        if found is None:
            raise UsageError(f"There is no token {id_!r}.", hint="List them with: hone tokens list")
        with self._database.write() as connection:
            connection.execute(_tokens.delete().where(_tokens.c.id == id_))
        return found

    def person(self, text: str) -> str:
        """Find whose token this is; refuse one that is unknown, revoked or too old."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(_tokens).where(_tokens.c.hash == _hash(text))).first()
        now = time.time()
        if row is None or (row.expires is not None and row.expires < now):
            raise UnknownAskerError(
                "This token is unknown, expired or revoked.",
                hint="Your admin makes a new one with: hone tokens create PERSON",
            )
        if row.used is None or now - row.used > USED_EVERY:
            with self._database.write() as connection:
                connection.execute(_tokens.update().where(_tokens.c.id == row.id).values(used=now))
        return row.person


def _hash(text: str) -> str:
    """A token has 256 random bits, so one fast hash hides it as well as a slow one would."""
    return hashlib.sha256(text.encode()).hexdigest()


def _token(row: sa.Row[tuple[object, ...]]) -> Token:
    return Token(id=row.id, person=row.person, name=row.name, created=row.created, expires=row.expires, used=row.used)
