"""What each move of the pointer was, and who forced it, which the words of its reason told before."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_FORCED = ", forced by "


def upgrade() -> None:
    op.add_column("pointer", sa.Column("kind", sa.Text, nullable=False, server_default="build"))
    op.add_column("pointer", sa.Column("forced_by", sa.Text))  # empty: a forced move by somebody unnamed
    op.execute("UPDATE pointer SET kind = 'rollback' WHERE why = 'rollback'")
    op.execute("UPDATE pointer SET kind = 'promotion' WHERE why LIKE 'promote %'")
    forced = sa.text(
        "UPDATE pointer SET forced_by = substr(why, instr(why, :words) + length(:words))"
        " WHERE kind = 'promotion' AND instr(why, :words) > 0"
    )
    op.get_bind().execute(forced, {"words": _FORCED})


def downgrade() -> None:
    op.drop_column("pointer", "forced_by")
    op.drop_column("pointer", "kind")
