"""Who asks: from a name and claimed groups to an `Asker`, by the settings as they are now and not as they were."""

import string
import threading
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from hone.errors import HoneError
from hone.records import ADMIN, EVERYONE, Asker
from hone.settings import Settings, read_settings

SMALL = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody that the settings know."""

    id: str
    name: str  # as it is shown
    groups: frozenset[str]


class People:
    """Reads the settings again whenever their file has changed: a group taken away is gone with the next request."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._lock = threading.Lock()
        self._stamp: tuple[int, int] | None = None
        self._settings: Settings | None = None

    def settings(self) -> Settings:
        """Read the settings as they are now; while the file can't be read, those before hold.

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
        """Make the asker of this name. Whoever the settings name has the groups given there, and no others."""
        settings = self.settings()
        spelt = spelling(name, settings)
        if spelt in settings.people:
            return Asker(name=spelt, groups=settings.people[spelt].groups)
        if _alike(spelt, settings.people):  # two people whose names differ in case alone: which of them is not known
            return Asker(name=spelt)
        renamed = settings.identity.groups
        groups = {renamed.get(group, "" if group == ADMIN else group) for group in claimed}
        return Asker(name=spelt, groups=frozenset(groups - {""}) | {EVERYONE})

    def everybody(self) -> tuple[Person, ...]:
        """List the people whom the settings name."""
        people = self.settings().people
        return tuple(
            Person(id=key, name=person.name or key, groups=person.groups | {EVERYONE})
            for key, person in sorted(people.items())
        )


def spelling(name: str, settings: Settings) -> str:
    """Find the one spelling of a person's name: e-mail addresses in capitals or not are the same person.

    Providers and proxies write them either way. The settings' spelling counts; whom they don't name is spelt in small
    letters. Other names stay as they are, since logins may differ in case alone.
    """
    if "@" not in name or name in settings.people:
        return name
    learning = settings.training
    for known in (settings.people, learning.opted_out, chain.from_iterable(learning.authors.values())):
        if found := _alike(name, known):
            return found[0] if len(found) == 1 else name
    return _small(name)


def is_admin(asker: Asker) -> bool:
    """Check whether somebody belongs to the group that may see how Hone is doing."""
    return ADMIN in asker.groups


def _alike(name: str, known: Iterable[str]) -> list[str]:
    """Find the known e-mail addresses that are this one but for capitals."""
    wanted = _small(name)
    return sorted({each for each in known if "@" in each and _small(each) == wanted}) if "@" in name else []


def _small(name: str) -> str:
    """Write the letters A to Z small, and no others: the Kelvin sign would become a k, and its owner somebody else."""
    return name.translate(SMALL)


def _stamp(home: Path) -> tuple[int, int]:
    try:
        found = (home / "hone.toml").stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)
