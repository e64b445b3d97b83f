"""People who said that nothing is to be learned from them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "optouts",
        sa.Column("person", sa.Text, primary_key=True),  # as client_id names them
        sa.Column("since", sa.Text, nullable=False),  # ISO 8601, UTC
    )


def downgrade() -> None:
    op.drop_table("optouts")
