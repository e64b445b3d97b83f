"""What people and admins confirmed: a count of changes, the results that admins graded, and questions as vectors."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    # One row. Every transaction that changes what is confirmed raises it, so that a search sees with one read
    # whether what its process holds in memory is still so.
    changes = op.create_table("confirmation_changes", sa.Column("revision", sa.Integer, nullable=False))
    said = op.get_bind().execute(
        sa.text("SELECT count(*) FROM events WHERE action_name IN ('relevant', 'thumb_up', 'thumb_down')")
    )
    op.bulk_insert(changes, [{"revision": said.scalar_one()}])
    op.create_index("events_by_action", "events", ["action_name", "event_id"])
    op.create_table(
        "graded_results",
        sa.Column("query_id", sa.Text, primary_key=True),  # the search that showed it
        sa.Column("passage", sa.Text, primary_key=True),
        sa.Column("client_id", sa.Text, primary_key=True),  # who graded it
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("grade", sa.Integer, nullable=False),
    )
    op.create_table(
        "question_vectors",
        sa.Column("model", sa.Text, primary_key=True),  # the encoder's hash
        sa.Column("confirmation", sa.Text, primary_key=True),
        sa.Column("vector", sa.LargeBinary, nullable=False),  # float16
    )


def downgrade() -> None:
    op.drop_table("question_vectors")
    op.drop_table("graded_results")
    op.drop_index("events_by_action", "events")
    op.drop_table("confirmation_changes")
