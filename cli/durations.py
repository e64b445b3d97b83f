"""Lengths of time as people write them: 90s, 20m, 1h30m."""

import re
from datetime import timedelta

from hone.errors import UsageError

_WRITTEN = re.compile(r"(?:(?P<days>\d+)d)?(?:(?P<hours>\d+)h)?(?:(?P<minutes>\d+)m)?(?:(?P<seconds>\d+)s)?")
LONGEST = timedelta(days=365)
EXAMPLES = "90s, 20m, 1h30m or 2d"


def read_duration(text: str, what: str) -> timedelta:
    """Read a length of time; `what` names the option that it was given for."""
    found = _WRITTEN.fullmatch(text.strip().lower())
    if found is None or not any(found.groups()):
        raise UsageError(f"{what} {text!r} isn't a length of time.", hint=f"Write it as {EXAMPLES}.")
    parts = {name: int(value) for name, value in found.groupdict(default="0").items()}
    try:
        length = timedelta(**parts)
    except OverflowError:
        length = LONGEST + timedelta(1)
    if not timedelta(0) < length <= LONGEST:
        raise UsageError(f"{what} {text!r} isn't between a second and a year.", hint=f"Write it as {EXAMPLES}.")
    return length


def say_duration(length: timedelta) -> str:
    """Write a length of time as it is read."""
    left, written = round(length.total_seconds()), ""
    for size, letter in ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")):
        count, left = divmod(left, size)
        written += f"{count}{letter}" if count else ""
    return written or "0s"
