"""Why each search was made, and one form for every moment."""

import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

FORM = "____-__-__T__:__:__.___Z"  # ISO 8601, UTC, milliseconds: sorts as text


def upgrade() -> None:
    # Made anew, so that `stages` stays the last column: behind it, every scan would read its pages.
    with op.batch_alter_table("searches", recreate="always") as searches:
        for name, default in (("origin", "typed"), ("ask_id", "")):
            column = sa.Column(name, sa.Text, nullable=False, server_default=default)
            searches.add_column(column, insert_before="model")
    connection = op.get_bind()
    for table, key in (("searches", "query_id"), ("events", "event_id"), ("asks", "ask_id")):
        _rewrite_moments(connection, table, key)
    for ask in connection.execute(sa.text("SELECT ask_id, searches FROM asks")).all():
        _derive_origins(connection, ask.ask_id, ask.searches)


def _rewrite_moments(connection: sa.Connection, table: str, key: str) -> None:
    id_, timestamp = sa.column(key, sa.Text), sa.column("timestamp", sa.Text)
    moments = sa.table(table, id_, timestamp)
    others = sa.select(id_, timestamp).where(~timestamp.like(FORM))
    for name, moment in connection.execute(others).all():
        rewritten = datetime.fromisoformat(moment).astimezone(UTC).isoformat(timespec="milliseconds")
        changed = sa.update(moments).where(id_ == name)
        connection.execute(changed.values(timestamp=rewritten.replace("+00:00", "Z")))


def _derive_origins(connection: sa.Connection, ask: str, searches: str) -> None:
    """Take from an ask why its searches were made: the first that stands for all of the question is the person's."""
    made = sa.table("searches", *(sa.column(name, sa.Text) for name in ("query_id", "origin", "ask_id")))
    for search in json.loads(searches):
        if name := search.get("search_id"):
            reason = search.get("reason", "asked")
            own = "typed" if search.get("id") == "q1" else "widened"
            origin = own if reason == "asked" else reason
            connection.execute(sa.update(made).where(made.c.query_id == name).values(origin=origin, ask_id=ask))


def downgrade() -> None:
    with op.batch_alter_table("searches") as searches:
        searches.drop_column("ask_id")
        searches.drop_column("origin")
