"""Searches as they were run, and what people did next."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "searches",
        sa.Column("query_id", sa.Text, primary_key=True),
        sa.Column("client_id", sa.Text, nullable=False),  # the person; empty: nobody in particular
        sa.Column("user_query", sa.Text, nullable=False),
        sa.Column("timestamp", sa.Text, nullable=False),  # ISO 8601, UTC
        sa.Column("query_response_hit_ids", sa.JSON, nullable=False),  # what was shown, in order
        sa.Column("query_attributes", sa.JSON, nullable=False),  # UBI's place for everything else; foreign keys kept
        sa.Column("application", sa.Text, nullable=False, server_default=""),
        # Hone's own, empty for imported searches
        sa.Column("model", sa.Text, nullable=False, server_default=""),
        sa.Column("generation", sa.Text, nullable=False, server_default=""),
        sa.Column("groups", sa.JSON, nullable=False),  # the asker's, at that moment
        sa.Column("filters", sa.JSON, nullable=False),
        sa.Column("took_ms", sa.JSON, nullable=False),
        sa.Column("stages", sa.JSON, nullable=False),  # {stage: [[passage, score], …]} in rank order
        sa.Column("imported", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.create_index("searches_by_time", "searches", ["timestamp"])
    op.create_index("searches_by_person", "searches", ["client_id", "timestamp"])
    op.create_table(
        "events",
        sa.Column("event_id", sa.Text, primary_key=True),
        sa.Column("query_id", sa.Text, nullable=False),  # may name a search that is not here: kept and counted
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("action_name", sa.Text, nullable=False),
        sa.Column("timestamp", sa.Text, nullable=False),
        sa.Column("object_id", sa.Text, nullable=False),
        sa.Column("ordinal", sa.Integer),
        sa.Column("attributes", sa.JSON, nullable=False),  # the event's own fields as they came
        sa.Column("imported", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.create_index("events_by_search", "events", ["query_id"])
    op.create_index("events_by_person", "events", ["client_id", "timestamp"])


def downgrade() -> None:
    op.drop_table("events")
    op.drop_table("searches")
