"""Names of documents: which can be shown, which are free, and the pattern that means one path alone."""

import unicodedata

from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

UNPRINTABLE = ("Cc", "Cs")  # Unicode's categories of control characters and of lone surrogates


def is_printable(name: str) -> bool:
    """Check whether a name can be stored and shown: no control characters, and no bytes that are not UTF-8."""
    return not any(unicodedata.category(letter) in UNPRINTABLE for letter in name)


def printable(name: str) -> str:
    """Write a name so that it can be stored and shown."""
    return "".join(letter if is_printable(letter) else ascii(letter)[1:-1] for letter in name)


def exactly(path: str) -> str:
    """Make the ignore pattern of one path, whatever is in its name."""
    return "/" + GitIgnoreSpecPattern.escape(path)


def free_id(wanted: str, taken: set[str]) -> str:
    """Choose a document's id for good; a renamed one keeps its first, so a newcomer at its old path gets a number."""
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted}~{number}"
    taken.add(name)
    return name
