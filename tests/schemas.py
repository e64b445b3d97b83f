"""Fresh databases for tests, migrated once and copied from then on."""

import os
import shutil
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from sqlalchemy import Engine

from hone.database import Chain, Database

_MAKING = Lock()
Migrate = Callable[[Engine, Path, Chain], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Schemas:
    """Empty databases of each chain of migrations."""

    folder: Path
    migrate: Migrate

    def lay(self, engine: Engine, path: Path, chain: Chain) -> None:
        """Bring a database to the newest schema: a new one by a copy, and one that is there as always."""
        pattern = self.folder / f"{chain}.db"
        if path.exists() or path.parent == self.folder:
            self.migrate(engine, path, chain)
            return
        with _MAKING:  # the pattern is there only once it is whole, whoever asks from which thread
            if not pattern.exists():
                unfinished = pattern.with_suffix(".new")
                Database(unfinished, chain).close()
                unfinished.rename(pattern)
        copy = path.with_name(f"{path.name}.{uuid.uuid4()}")
        try:
            shutil.copy2(pattern, copy)
        except OSError:  # a full disk: whoever fills one wants to see what the real way does there
            copy.unlink(missing_ok=True)
            self.migrate(engine, path, chain)
            return
        with suppress(FileExistsError):  # another thread was first
            os.link(copy, path)
        copy.unlink()
