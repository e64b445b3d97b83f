"""Letters that are there to be read, and the others, which can hide a message or break a pattern."""

import re
import unicodedata

JOINERS = "\u200c\u200d"  # Persian, Indic scripts and emoji need one between letters; a row of them hides a message
SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{2,}")  # bytes can hide in a row of them
ODD = re.compile(r"[^\x20-\x7e\u00a0-\u00ac\u00ae-\u02af\n\t]")  # all else needs a look
HIDDEN = {"Cf", "Cs", "Co"}


def strip_invisible(text: str) -> str:
    """Take out controls, zero-width letters, tags, private letters and all else that nobody sees."""
    text = SELECTORS.sub("", text)
    return ODD.sub(_kept, text)


def _kept(match: re.Match[str]) -> str:
    letter = match.group()
    if letter in JOINERS:
        text, place = match.string, match.start()
        around = text[max(0, place - 1) : place] + text[place + 1 : place + 2]
        between = len(around) == 2 and all(ord(other) > 127 and other not in JOINERS for other in around)
        return letter if between else ""
    category = unicodedata.category(letter)
    return " " if category in {"Cc", "Zl", "Zp"} else "" if category in HIDDEN else letter
