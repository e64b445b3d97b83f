"""How a model weighs the legs; beside which model a candidate was built; names of generations are never used twice."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("models", sa.Column("fusion", sa.JSON))  # empty: the packaged weights
    op.add_column("generations", sa.Column("beside", sa.Text))  # what was live; empty: it was built to go live
    op.create_table("newest_generation", sa.Column("id", sa.Text, nullable=False))
    op.execute("INSERT INTO newest_generation (id) SELECT coalesce(max(id), '') FROM generations")


def downgrade() -> None:
    op.drop_table("newest_generation")
    op.drop_column("generations", "beside")
    op.drop_column("models", "fusion")
