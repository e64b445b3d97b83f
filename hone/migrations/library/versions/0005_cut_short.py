"""How many passages all of a document's text would make, where only the first of them are kept."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_SAID = re.compile(r"Only the first [\d,]+ of its ([\d,]+) passages are searched")


def upgrade() -> None:
    op.add_column("documents", sa.Column("passages_in_all", sa.Integer))
    warned = "SELECT id, warnings FROM documents WHERE warnings LIKE '%passages are searched%'"
    for row in op.get_bind().execute(sa.text(warned)).all():
        if said := _SAID.search(row.warnings):
            update = sa.text("UPDATE documents SET passages_in_all = :count WHERE id = :id")
            op.get_bind().execute(update, {"count": int(said[1].replace(",", "")), "id": row.id})


def downgrade() -> None:
    op.drop_column("documents", "passages_in_all")
