"""The library's tables, as the migrations made them."""

import sqlalchemy as sa

_meta = sa.MetaData()

sources = sa.Table(
    "sources",
    _meta,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("location", sa.Text),
    sa.Column("include", sa.JSON),
    sa.Column("ignore", sa.JSON),
    sa.Column("groups", sa.JSON),
    sa.Column("url", sa.Text),
    sa.Column("synced", sa.Float),
    sa.Column("cursor", sa.Text),
    sa.Column("scope", sa.Text),
)
documents = sa.Table(
    "documents",
    _meta,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("source", sa.Text),
    sa.Column("path", sa.Text),
    sa.Column("title", sa.Text),
    sa.Column("kind", sa.Text),
    sa.Column("url", sa.Text),
    sa.Column("groups", sa.JSON),
    sa.Column("modified", sa.Float),
    sa.Column("text", sa.Text),
    sa.Column("text_hash", sa.Text),
    sa.Column("syntax", sa.Text),
    sa.Column("warnings", sa.JSON),
    sa.Column("content_hash", sa.Text),
    sa.Column("added", sa.Float),
    sa.Column("item", sa.Text),
    sa.Column("version", sa.Text),
    sa.Column("passages_in_all", sa.Integer),
)
passages = sa.Table(
    "passages",
    _meta,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("document", sa.Text, sa.ForeignKey("documents.id")),
    sa.Column("ordinal", sa.Integer),
    sa.Column("heading", sa.JSON),
    sa.Column("preface", sa.Text),
    sa.Column("text", sa.Text),
    sa.Column("start", sa.Integer),
    sa.Column("end", sa.Integer),
    sa.Column("page", sa.Integer),
    sa.Column("revision", sa.Integer),
)
removed = sa.Table(
    "removed_passages",
    _meta,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("revision", sa.Integer),
)
rejections = sa.Table(
    "rejections",
    _meta,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("reason", sa.Text),
    sa.Column("cause", sa.Text),
    sa.Column("limit", sa.Float),
    sa.Column("groups", sa.JSON),
    sa.Column("item", sa.Text),
    sa.Column("version", sa.Text),
    sa.Column("at", sa.Float),
)
library = sa.Table("library", _meta, sa.Column("revision", sa.Integer))
