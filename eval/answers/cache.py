"""What cost time or money, kept in the workspace under a hash of everything that decided it."""

import hashlib
import json
import threading
import time
from pathlib import Path
from typing import Any

from hone.database import open_wal

FILE = "cache.db"
BUSY = 30.0  # seconds that another evaluation's write may take
KEEP_DAYS = 90
DAY = 86_400.0
TABLE = "CREATE TABLE IF NOT EXISTS kept (key TEXT PRIMARY KEY, value TEXT NOT NULL, at REAL NOT NULL) WITHOUT ROWID"


class Cache:
    """Texts by key; safe to use from any thread, and by several processes."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = open_wal(folder / FILE, BUSY)
        self._connection.execute(TABLE)
        self._connection.execute("DELETE FROM kept WHERE at < ?", (time.time() - KEEP_DAYS * DAY,))

    def get(self, key: str) -> str | None:
        """Read what is stored under a key."""
        with self._lock:
            row = self._connection.execute("SELECT value FROM kept WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def put(self, key: str, value: str) -> None:
        """Keep a text."""
        with self._lock:
            self._connection.execute("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", (key, value, time.time()))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()


def key_of(**decided: Any) -> str:
    """Hash everything that decides a value."""
    told = json.dumps(decided, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
