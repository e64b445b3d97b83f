"""Asks: what was answered, from which searches, and how sure it was."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    texts = ("thread", "client_id", "question", "timestamp", "text", "verdict", "model", "generation", "llm", "prompts")
    json = ("plan", "searches", "evidence", "claims", "signals", "degraded", "took_ms")
    op.create_table(
        "asks",
        sa.Column("ask_id", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in texts),
        sa.Column("probability", sa.Float, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in json),
    )
    op.create_index("asks_by_person", "asks", ["client_id", "timestamp"])
    op.create_index("asks_by_time", "asks", ["timestamp"])


def downgrade() -> None:
    op.drop_table("asks")
