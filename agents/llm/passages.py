"""Passages as an LLM is given them: data between marks that nobody could have written into a document."""

import re
from collections.abc import Sequence

from agents.llm.budget import BYTES_A_TOKEN, Budget, estimate_tokens
from agents.llm.client import Llm
from agents.llm.requests import PromptMessage, prompt
from agents.prompts import QUESTION, READ, SUFFICIENCY, WRITE
from agents.records import Evidence
from agents.sanitise import strip_invisible

# Written by chat templates to separate roles; some servers take them for such wherever they stand.
TEMPLATE_MARKS = re.compile(
    r"<\|[^|<>\n]{1,40}\|>|</?s>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>|<｜[^｜<>\n]{1,40}｜>|</?think>",
    re.IGNORECASE,
)
SPARE = 200  # tokens for what estimates miss
MOST = 6  # passages; small models lose their way in more
TRIES = (0, 1, 2)  # halvings of the room for passages, where the endpoint says that a prompt was too large
LONGEST_QUESTION = 4000  # characters
LONGEST_TASK = max(SUFFICIENCY.text, WRITE.text, key=len)  # every task leaves the same passages room
LABEL = 150  # tokens of a passage's marks and title at most
LEAST = 400  # characters of a passage that are worth giving at all


def fenced(evidence: Sequence[Evidence], boundary: str, tokens: int, bytes_a_token: float = BYTES_A_TOKEN) -> str:
    """Write out as many passages, best first, as so many tokens hold, each between its marks."""
    blocks: list[str] = []
    left = tokens
    for item in evidence:
        block = _block(item, boundary, int((left - LABEL) * bytes_a_token))
        cost = estimate_tokens(block, bytes_a_token)
        if cost > left:
            break
        blocks.append(block)
        left -= cost
    return "\n\n".join(blocks)


def over_passages(
    task: str, question: str, evidence: Sequence[Evidence], llm: Llm, budget: Budget, *, hint: str = "", fewer: int = 0
) -> tuple[PromptMessage, ...]:
    """Ask something about passages; what comes before the task is the same for every task of an ask."""
    asked = cleaned(question, budget.boundary)[:LONGEST_QUESTION].strip()
    tokens = (room(llm, READ.text + LONGEST_TASK + asked)) >> fewer
    passages = fenced(evidence[:MOST], budget.boundary, tokens, llm.bytes_a_token)
    return prompt(READ.text, QUESTION.filled(passages=passages, task=task, hint=hint, question=asked))


def room(llm: Llm, taken: str) -> int:
    """Count the tokens of passages that fit beside what is taken and the reply."""
    return llm.context_tokens - llm.reply_tokens - estimate_tokens(taken, llm.bytes_a_token) - SPARE


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
        f"{title[:300]} ({hit.modified:%Y-%m-%d})\n{text}\n"
        f"</{boundary} number={item.number}>"
    )
