"""Searches as they were run, and what people did next."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    # Names are UBI's where UBI has one. A column of JSON is text that hone.log.searches encodes itself, compactly.
    op.create_table(
        "searches",
        sa.Column("query_id", sa.Text, primary_key=True),
        sa.Column("client_id", sa.Text, nullable=False),  # the person; empty: nobody in particular
        sa.Column("user_query", sa.Text, nullable=False),
        sa.Column("timestamp", sa.Text, nullable=False),  # ISO 8601, UTC, milliseconds: sorts as text
        sa.Column("application", sa.Text, nullable=False),
        sa.Column("imported", sa.Boolean, nullable=False),
        # Hone's own, empty for searches that another system ran
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("generation", sa.Text, nullable=False),
        sa.Column("query_response_hit_ids", sa.Text, nullable=False),  # JSON: what was shown, in order
        sa.Column("documents", sa.Text, nullable=False),  # JSON: the document of each, for when passages are cut anew
        sa.Column("groups", sa.Text, nullable=False),  # JSON: the asker's, at that moment
        sa.Column("filters", sa.Text, nullable=False),  # JSON
        sa.Column("took_ms", sa.Text, nullable=False),  # JSON
        sa.Column("notices", sa.Text, nullable=False),  # JSON
        sa.Column("query_attributes", sa.Text, nullable=False),  # JSON: what else came in UBI's place for it
        sa.Column("extra", sa.Text, nullable=False),  # JSON: UBI keys that Hone has no column for
        # Last because it is longest: a scan over the columns before it never reads it
        sa.Column("stages", sa.Text, nullable=False),  # JSON: {stage: [[passage, score], …]} in rank order
    )
    op.create_index("searches_by_time", "searches", ["timestamp", "query_id"])
    op.create_index("searches_by_person", "searches", ["client_id", "timestamp"])
    op.create_table(
        "events",
        sa.Column("event_id", sa.Text, primary_key=True),
        sa.Column("query_id", sa.Text, nullable=False),  # may name a search that is not here: kept and counted
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("action_name", sa.Text, nullable=False),
        sa.Column("timestamp", sa.Text, nullable=False),
        sa.Column("object_id", sa.Text, nullable=False),  # a document's or a passage's id; may be empty
        sa.Column("ordinal", sa.Integer),  # the rank at which it was shown
        sa.Column("application", sa.Text, nullable=False),
        sa.Column("imported", sa.Boolean, nullable=False),
        sa.Column("event_attributes", sa.Text, nullable=False),  # JSON: without the object's id and the ordinal
        sa.Column("extra", sa.Text, nullable=False),  # JSON
    )
    op.create_index("events_by_search", "events", ["query_id"])
    op.create_index("events_by_person", "events", ["client_id", "timestamp"])
    op.create_index("events_by_time", "events", ["timestamp", "event_id"])


def downgrade() -> None:
    op.drop_table("events")
    op.drop_table("searches")
