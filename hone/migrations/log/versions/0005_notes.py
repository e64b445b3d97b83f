"""What an answer says besides what was found, in fields; of older answers it stands in their text only."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    for name, default in (("body", ""), ("conflicts", "[]"), ("missing", "[]"), ("may_mean", "[]")):
        op.add_column("asks", sa.Column(name, sa.Text, nullable=False, server_default=default))


def downgrade() -> None:
    for name in ("may_mean", "missing", "conflicts", "body"):
        op.drop_column("asks", name)
