"""Writes folders of documents and reads what became of them."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

Hone = Callable[..., Any]


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def toml(home: Path, text: str) -> None:
    (home / "hone.toml").write_text('[encoder]\nmodel = "hash"\n[people.ana]\ngroups = ["hr"]\n' + text)


def source(said: Any, name: str = "docs") -> dict[str, Any]:
    return next(item for item in said.json["sources"] if item["source"] == name)


def listed(hone: Hone) -> dict[str, dict[str, Any]]:
    return {item["document"]: item for item in hone("documents", "list", "--json").json}


def found(hone: Hone, query: str, *more: str) -> list[str]:
    return [hit["document"] for hit in hone("search", query, "--json", *more).json["hits"]]


def passages_in(home: Path) -> list[tuple[str, str]]:
    with sqlite3.connect(home / "library.db") as library:
        return library.execute("SELECT document, id FROM passages ORDER BY document, ordinal").fetchall()


def vectors_in(home: Path) -> int:
    with sqlite3.connect(home / "vectors.db") as cache:
        return cache.execute("SELECT count(*) FROM vectors").fetchone()[0]
