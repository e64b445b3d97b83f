"""The folder that holds everything of one Hone, opened piece by piece as it is needed."""

import json
import os
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path

from filelock import FileLock, Timeout

from hone.database import Database
from hone.errors import HoneError
from hone.log.optouts import OptOuts
from hone.log.searches import SearchLog
from hone.privacy import keep_private, make_private_folder
from hone.registry import Registry
from hone.settings import Settings


class Workspace:
    """Paths, databases and the writers' lock of one home folder."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.home = settings.home
        self.exposed = keep_private(self.home)  # what other accounts can read, and can't be closed to them

    @cached_property
    def database(self) -> Database:
        """The library's database, which holds the registry too, so that both move in one transaction."""
        return Database(self.home / "library.db", "library")

    @cached_property
    def registry(self) -> Registry:
        return Registry(self.database)

    @cached_property
    def log_database(self) -> Database:
        return Database(self.home / "log.db", "log")

    @cached_property
    def log(self) -> SearchLog:
        return SearchLog(self.log_database)

    @property
    def optouts(self) -> OptOuts:
        return OptOuts(self.log_database, self.settings.training.opted_out)

    @property
    def index(self) -> Path:
        return self.home / "index"

    @property
    def vectors(self) -> Path:
        return self.home / "vectors.db"

    @contextmanager
    def writing(self, what: str, *, wait: float) -> Generator[None]:
        """Be the only process that changes documents or indexes; wait for another to finish, or say which it is."""
        make_private_folder(self.home)
        lock, holder = FileLock(self.home / "writing.lock"), self.home / "writing.json"
        try:
            lock.acquire(timeout=wait)
        except Timeout as error:
            raise HoneError(
                f"{_describe(holder)} is still changing {self.home} after {wait:.0f} seconds.",
                hint="Try again when it has finished, or wait longer: --wait SECONDS",
            ) from error
        except OSError as error:
            raise _unwritable(self.home, error) from error
        try:
            with suppress(OSError):  # only says who is at work
                holder.write_text(json.dumps({"what": what, "pid": os.getpid(), "since": time.strftime("%H:%M:%S")}))
            yield
        finally:
            holder.unlink(missing_ok=True)
            lock.release()

    def close(self) -> None:
        """Close the databases, and make the files private."""
        for name in ("database", "log_database"):
            if name in self.__dict__:
                self.__dict__[name].close()
        keep_private(self.home)  # libraries write files with modes of their own


def _unwritable(home: Path, error: OSError) -> HoneError:
    return HoneError(
        f"{home} can't be written to: {error.strerror}.",
        hint="Free some space on its disk, or check its owner and permissions.",
    )


def _describe(holder: Path) -> str:
    try:
        who = json.loads(holder.read_text())
        return f"`{who['what']}` (process {who['pid']}, since {who['since']})"
    except (OSError, ValueError, KeyError):
        return "Another hone command"
