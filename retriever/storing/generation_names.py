"""Names of generations, and what is said when one is wrong, missing or taken."""

import re

from hone.errors import HoneError, UsageError

ALLOWED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def checked_name(generation: str) -> str:
    """The name, if it can be a folder's and a collection's."""
    if not ALLOWED.fullmatch(generation):
        raise UsageError(
            f"{generation!r} can't be the name of a generation.",
            hint="Use up to 100 letters, digits, dots, dashes and underscores, starting with a letter or digit.",
        )
    return generation


def unknown_generation(generation: str, place: str) -> HoneError:
    """The error for a generation that isn't there."""
    return HoneError(
        f"There is no generation {generation!r} in {place}.",
        hint="List them with `hone index list`, or build a new one with `hone index rebuild`.",
    )


def taken_name(generation: str, place: str) -> HoneError:
    """The error for a generation that is already there."""
    return HoneError(
        f"There is already a generation {generation!r} in {place}.",
        hint="Drop it first with `hone index prune`, or use another name.",
    )
