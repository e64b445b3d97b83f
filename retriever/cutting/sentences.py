"""Where sentences end, carefully enough not to cut at e.g. or 3.5."""

import re
from collections.abc import Iterator

# After an end mark and its closing quotes comes whitespace, or nothing where the script has no spaces.
# No run of marks is looked at twice, however long.
_END = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’)\]*_]*+\s++(?=\S)|(?<![。！？])[。！？]++[」』”’）]*+\s*+(?=\S)")
_LAST_WORD = re.compile(r"[^\s(\[\"'“‘]*$")
_INITIAL = re.compile(r"^(?:[A-Za-z]\.)+$|^[A-Z]\.$")
_NUMBERED = re.compile(r"(?:\A|\n)[ \t]*\d{1,3}\.\Z")  # an item's number, not the end of its sentence
# English, German and French, without those that are words as well: no., art., max.
_ABBREVIATION = re.compile(
    r"(?:a\.m|al|approx|apr|aug|bspw|bzw|ca|cf|co|corp|d\.h|dec|dept|dr|e\.g|eds|etc|evtl|feb|fig|figs|"
    r"ggf|i\.e|inc|inkl|jan|jul|ltd|mlle|mme|mr|mrs|ms|nos|nov|nr|oct|p\.m|pp|prof|sep|sept|sr|sra|st|"
    r"u\.s|usw|vgl|vol|vs|z\.b)\.",
    re.IGNORECASE,
)
_LOWER_CAN_START = re.compile(r"[!?。！？…]")


def sentence_starts(text: str, start: int, end: int) -> Iterator[int]:
    """Find the offsets inside a stretch at which a new sentence begins."""
    for found in _END.finditer(text, start, end):
        if found.end() < end and _ends(text, start, found):
            yield found.end()


def _ends(text: str, start: int, found: re.Match[str]) -> bool:
    marks = found.group()
    if _LOWER_CAN_START.match(marks[0]):
        return True
    after = text[found.end()]
    if after.islower():
        return False
    before = text[max(start, found.start() - 24) : found.start() + 1]
    word = _LAST_WORD.search(before)
    last = word.group() if word else ""
    return not (_ABBREVIATION.fullmatch(last) or _INITIAL.match(last) or _NUMBERED.search(before))
