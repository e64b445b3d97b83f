"""How moments, amounts, times and groups are written for people."""

from collections.abc import Collection
from datetime import UTC, datetime

from hone.records import ADMIN, EVERYONE

STEPS = ((86_400 * 365, "year"), (86_400 * 30, "month"), (86_400, "day"), (3_600, "hour"), (60, "minute"))
NAMES = {EVERYONE: "Everyone", ADMIN: "Admins"}
BYTES = ((1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "kB"))


def ago(moment: datetime | float | None, now: datetime | None = None) -> str:
    """Write how long ago something was."""
    if moment is None:
        return "never"
    then = moment if isinstance(moment, datetime) else datetime.fromtimestamp(moment, UTC)
    seconds = ((now or datetime.now(UTC)) - then).total_seconds()
    for size, unit in STEPS:
        if seconds >= size:
            return f"{counted(int(seconds // size), unit)} ago"
    return "just now"


def counted(count: int, one: str, many: str = "") -> str:
    """Put a number before a noun."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def size(count: int) -> str:
    """Write a number of bytes."""
    for unit, name in BYTES:
        if count >= unit:
            return f"{count / unit:.{0 if count >= 100 * unit else 1}f} {name}"
    return f"{count} bytes"


def milliseconds(took: float) -> str:
    """Write a time so that nobody has to count digits."""
    if took >= 1000:
        return f"{took / 1000:.1f} s"
    return f"{took:.0f} ms" if took >= 10 else f"{took:.1f} ms"


def share(part: int, whole: int) -> str:
    """Write a part of a whole."""
    return f"{100 * part / whole:.0f} %" if whole else "–"


def group_names(groups: Collection[str]) -> str:
    """List groups by the names that people know them by; everyone is in the group of everyone, so it goes unsaid."""
    return ", ".join(NAMES.get(group, group) for group in sorted(set(groups) - {EVERYONE} or groups))
