"""Passages as an LLM is given them: data between marks that nobody could have written into a document."""

import re
import secrets
from collections.abc import Sequence

from agents.llm.budget import estimate_tokens
from agents.llm.client import Llm
from agents.records import Evidence
from agents.sanitise import strip_invisible

# Written by chat templates to separate roles; some servers take them for such wherever they stand.
TEMPLATE_MARKS = re.compile(
    r"<\|[^|<>\n]{1,40}\|>|</?s>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>|<｜[^｜<>\n]{1,40}｜>|</?think>",
    re.IGNORECASE,
)
SPARE = 200  # tokens for what estimates miss
LEAST = 400  # characters of a passage that are worth giving at all


def new_boundary() -> str:
    """Make up a mark for one prompt; no document can hold what is drawn after it was written."""
    return f"passage-{secrets.token_hex(6)}"


def fenced(evidence: Sequence[Evidence], boundary: str, tokens: int) -> str:
    """Write out as many passages, best first, as so many tokens hold, each between its marks."""
    blocks: list[str] = []
    left = tokens
    for item in evidence:
        block = _block(item, boundary, left * 3)
        cost = estimate_tokens(block)
        if cost > left:
            break
        blocks.append(block)
        left -= cost
    return "\n\n".join(blocks)


def room(llm: Llm, taken: str) -> int:
    """Count the tokens of passages that fit beside what is taken and the reply."""
    return llm.settings.context_tokens - llm.settings.max_tokens - estimate_tokens(taken) - SPARE


def cleaned(text: str, boundary: str = "") -> str:
    """Take out of a text what is not there to be read: controls, hidden letters, role marks, our own boundary."""
    text = strip_invisible(text)
    if boundary:
        text = re.sub(re.escape(boundary), " ", text, flags=re.IGNORECASE)
    return TEMPLATE_MARKS.sub(" ", text)


def _block(item: Evidence, boundary: str, most: int) -> str:
    hit = item.hit
    title = " › ".join(" ".join(cleaned(part, boundary).split()) for part in (hit.title, *hit.heading) if part)
    text = cleaned(hit.text, boundary).strip()
    if len(text) > most >= LEAST:
        text = text[:most].rsplit(" ", 1)[0] + " …"
    return (
        f"<{boundary} number={item.number}>\n"
        f"Title: {title[:300]}\nDate: {hit.modified:%Y-%m-%d}\nText:\n{text}\n"
        f"</{boundary} number={item.number}>"
    )
