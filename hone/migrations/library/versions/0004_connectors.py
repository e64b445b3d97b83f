"""Documents by their sources' own ids and version marks, why a file was refused, and where a listing may go on."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("documents", sa.Column("item", sa.Text, nullable=False, server_default=""))
    op.add_column("documents", sa.Column("version", sa.Text, nullable=False, server_default=""))
    op.execute("UPDATE documents SET item = path, version = mtime_ns || '-' || size")
    op.drop_column("documents", "size")
    op.drop_column("documents", "mtime_ns")
    op.drop_table("rejections")  # with their causes unknown, all are tried once more
    op.create_table(
        "rejections",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("limit", sa.Float),  # that was in force, where a limit is the cause
        sa.Column("item", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
    )
    op.add_column("sources", sa.Column("cursor", sa.Text, nullable=False, server_default=""))
    op.add_column("sources", sa.Column("scope", sa.Text, nullable=False, server_default=""))  # that the cursor is of


def downgrade() -> None:
    op.drop_column("sources", "scope")
    op.drop_column("sources", "cursor")
    op.drop_table("rejections")
    op.create_table(
        "rejections",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("mtime_ns", sa.Integer, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
    )
    op.add_column("documents", sa.Column("mtime_ns", sa.Integer, nullable=False, server_default="0"))
    op.add_column("documents", sa.Column("size", sa.Integer, nullable=False, server_default="-1"))
    op.drop_column("documents", "version")
    op.drop_column("documents", "item")
