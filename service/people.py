"""Who asks: from a name and claimed groups to an `Asker`, by the settings as they are now and not as they were."""

import threading
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from hone.errors import HoneError
from hone.records import ADMIN, EVERYONE, Asker
from hone.settings import Settings, read_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody that the settings know."""

    id: str
    name: str  # as it is shown
    groups: frozenset[str]


class People:
    """Reads the settings anew whenever their file has changed: a group taken away is gone with the next request."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._lock = threading.Lock()
        self._stamp: tuple[int, int] | None = None
        self._settings: Settings | None = None

    def settings(self) -> Settings:
        """Give the settings as they are now; a file that is being mended counts as it was.

        So does one that is empty or gone, as editors leave it for a moment: without it nobody's groups would be known,
        and those that people claim would count.
        """
        stamp = _stamp(self._home)
        with self._lock:
            if self._settings is None or (stamp != self._stamp and stamp[1] > 0):
                try:
                    self._settings, self._stamp = read_settings(self._home), stamp
                except HoneError:
                    if self._settings is None:
                        raise
            return self._settings

    def asker(self, name: str, claimed: Collection[str] = ()) -> Asker:
        """Give the asker of this name. Who stands in the settings has the groups given there, and no others."""
        settings = self.settings()
        if name in settings.people:
            return Asker(name=name, groups=settings.people[name].groups)
        renamed = settings.identity.groups
        groups = {renamed.get(group, "" if group == ADMIN else group) for group in claimed}
        return Asker(name=name, groups=frozenset(groups - {""}) | {EVERYONE})

    def everybody(self) -> tuple[Person, ...]:
        """List the people whom the settings name."""
        people = self.settings().people
        return tuple(
            Person(id=key, name=person.name or key, groups=person.groups | {EVERYONE})
            for key, person in sorted(people.items())
        )


def is_admin(asker: Asker) -> bool:
    """Tell whether somebody belongs to the group that may see how Hone is doing."""
    return ADMIN in asker.groups


def _stamp(home: Path) -> tuple[int, int]:
    try:
        found = (home / "hone.toml").stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)
