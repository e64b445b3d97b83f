"""Text that is not ours, made so that Streamlit's Markdown shows it to the letter and does nothing with it."""

import re
from collections.abc import Iterable

from agents.letters import readable

# Nobody sees it, and it keeps apart what Streamlit looks for in text that is already unescaped: :emoji:,
# :material/icons:, addresses and mail addresses to link, and pairs like -> that it replaces.
JOINER = "\u2060"
PUNCTUATION = re.compile(r"([!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~])")
APART = re.compile(r"(?<=:)(?=\S)|(?=@)|(?<=@)|(?<=www)(?=\.)|(?<=[-<>=~])(?=[-<>=~])", re.IGNORECASE)


def plain(text: str) -> str:
    """Write a text as one line of Markdown that shows exactly this text."""
    line = " ".join(readable(text).split())
    return PUNCTUATION.sub(r"\\\1", APART.sub(JOINER, line))


def plain_paragraphs(text: str) -> str:
    """Write a text of several paragraphs as Markdown that shows exactly this text."""
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return "\n\n".join(plain_lines(paragraph.splitlines()) for paragraph in paragraphs)


def plain_lines(lines: Iterable[str]) -> str:
    """Write texts as one paragraph of Markdown, each on a line of its own."""
    return "  \n".join(filter(None, map(plain, lines)))


def short(text: str, length: int) -> str:
    """Cut a text at a word, so that it has at most so many characters."""
    line = " ".join(readable(text).split())
    if len(line) <= length:
        return line
    cut = line[: length - 1]
    return (cut[: cut.rfind(" ")] if " " in cut[length // 2 :] else cut).rstrip(" ,.;:") + "…"
