"""Text that is not ours, made so that Streamlit's Markdown shows it to the letter and does nothing with it."""

import re
from collections.abc import Iterable

from agents.sanitise import strip_invisible

# Nobody sees it, and it keeps apart what Streamlit looks for in text that is already unescaped: :emoji:,
# :material/icons:, addresses and mail addresses to link, and pairs like -> that it replaces.
JOINER = "\u2060"
PUNCTUATION = re.compile(r"([!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~])")
LEAD = re.compile(r"\s{0,8}[-*•]\s+")
APART = re.compile(r"(?<=:)(?=\S)|(?=@)|(?<=@)|(?<=www)(?=\.)|(?<=[-<>=~])(?=[-<>=~])", re.IGNORECASE)


def plain(text: str) -> str:
    """Write a text as one line of Markdown that shows exactly this text."""
    line = " ".join(strip_invisible(text).split())
    return PUNCTUATION.sub(r"\\\1", APART.sub(JOINER, line))


def plain_paragraphs(text: str) -> str:
    """Write an unfinished answer as Markdown that shows its words, keeping of its own marks only lists and emphasis."""
    return "\n".join(_line(line) for line in text.strip().splitlines())


def plain_lines(lines: Iterable[str]) -> str:
    """Write texts as one paragraph of Markdown, each on a line of its own."""
    return "  \n".join(filter(None, map(plain, lines)))


def short(text: str, length: int) -> str:
    """Cut a text at a word, to at most this many characters."""
    line = " ".join(strip_invisible(text).split())
    if len(line) <= length:
        return line
    cut = line[: length - 1]
    return (cut[: cut.rfind(" ")] if " " in cut[length // 2 :] else cut).rstrip(" ,.;:") + "…"


def _line(line: str) -> str:
    lead = LEAD.match(line)
    rest = line[lead.end() :] if lead else line
    return ("- " if lead else "") + _emphasised(rest)


def _emphasised(line: str) -> str:
    parts = line.split("**")
    if len(parts) % 2 == 0:  # the last pair is not closed yet
        parts = [*parts[:-2], f"{parts[-2]}{parts[-1]}"]
    return "".join(_part(part, bold=bool(at % 2)) for at, part in enumerate(parts))


def _part(part: str, *, bold: bool) -> str:
    """Write a stretch of a line, with the spaces around it, which Markdown wants outside of emphasis."""
    written = plain(part)
    if not written:
        return " " if part else ""
    before, after = " " * part[:1].isspace(), " " * part[-1:].isspace()
    return f"{before}**{written}**{after}" if bold else f"{before}{written}{after}"
