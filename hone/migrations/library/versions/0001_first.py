"""Sources, documents and passages; models, generations and the pointer to what is live."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "sources",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("location", sa.Text, nullable=False),
        sa.Column("include", sa.JSON, nullable=False),
        sa.Column("ignore", sa.JSON, nullable=False),
        sa.Column("groups", sa.JSON, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("synced", sa.Float),  # seconds since the epoch; empty: never to the end
    )
    op.create_table(
        "documents",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("groups", sa.JSON, nullable=False),
        sa.Column("modified", sa.Float, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("text_hash", sa.Text, nullable=False),
        sa.Column("syntax", sa.Text, nullable=False),
        sa.Column("warnings", sa.JSON, nullable=False),
        # what tells cheaply that the file has not changed
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("mtime_ns", sa.Integer, nullable=False),
        sa.Column("added", sa.Float, nullable=False),
        sa.UniqueConstraint("source", "path"),
    )
    op.create_table(
        "passages",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("document", sa.Text, sa.ForeignKey("documents.id", ondelete="CASCADE"), nullable=False),
        sa.Column("ordinal", sa.Integer, nullable=False),
        sa.Column("heading", sa.JSON, nullable=False),
        sa.Column("preface", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("start", sa.Integer, nullable=False),
        sa.Column("end", sa.Integer, nullable=False),
        sa.Column("page", sa.Integer),
        sa.Column("revision", sa.Integer, nullable=False),  # the library's, when the store last had to hear of it
    )
    op.create_index("passages_by_document", "passages", ["document", "ordinal"])
    op.create_index("passages_by_revision", "passages", ["revision"])
    op.create_table(
        "removed_passages",  # what a generation built before this revision still holds
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("revision", sa.Integer, nullable=False),
    )
    op.create_index("removed_by_revision", "removed_passages", ["revision"])
    op.create_table(
        "rejections",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("mtime_ns", sa.Integer, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
    )
    op.create_table("library", sa.Column("revision", sa.Integer, nullable=False))
    op.execute("INSERT INTO library (revision) VALUES (0)")
    op.create_table(
        "models",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("location", sa.Text, nullable=False),  # "default", a folder, or a name
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("card", sa.JSON, nullable=False),
        sa.Column("added", sa.Float, nullable=False),
    )
    op.create_table(
        "generations",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("model", sa.Text, sa.ForeignKey("models.id"), nullable=False),
        sa.Column("engine", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),  # ready, damaged
        sa.Column("passages", sa.Integer, nullable=False),
        sa.Column("library_revision", sa.Integer, nullable=False),
        sa.Column("cosine_mean", sa.Float, nullable=False),  # of two random passages: what a cosine is measured against
        sa.Column("cosine_deviation", sa.Float, nullable=False),
        sa.Column("built", sa.Float, nullable=False),
    )
    op.create_table(
        "pointer",  # one row a move; the newest one is what is live
        sa.Column("move", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("generation", sa.Text, sa.ForeignKey("generations.id"), nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
    )


def downgrade() -> None:
    for table in (
        "pointer",
        "generations",
        "models",
        "library",
        "rejections",
        "removed_passages",
        "passages",
        "documents",
        "sources",
    ):
        op.drop_table(table)
