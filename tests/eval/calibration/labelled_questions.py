"""Labelled questions about the small company of `workplace`, as lines of a file."""

import json
from pathlib import Path
from typing import Any

ANSWERED = (
    "How often is the VPN password changed?",
    "vpn password changed when",
    "How many days of annual leave do staff receive?",
    "annual leave days full-time staff",
    "When does the parking garage open?",
    "parking garage closes",
    "What does lunch in the canteen cost?",
    "canteen lunch euros staff",
    "How often are laptops exchanged?",
    "laptops exchanged every months",
    "Whom do I ask for a new token of the VPN?",
    "When does the garage close?",
)
UNANSWERED = (
    "What is the melting point of tungsten carbide?",
    "Who painted the ceiling of the chapel?",
    "Which comet was seen in 1910?",
    "How tall is the tower of Pisa?",
    "Who wrote the ninth symphony?",
    "What do penguins eat in winter?",
    "Which river flows through Vienna?",
    "How old is the universe?",
    "Where do monarch butterflies spend the winter?",
    "What is the boiling point of helium?",
    "Which planet has the largest moon?",
    "Who discovered penicillin?",
)


def lines() -> list[dict[str, Any]]:
    """Give a line a question."""
    known = [(text, True) for text in ANSWERED] + [(text, False) for text in UNANSWERED]
    return [
        {"id": f"q{number}", "question": text, "asker": "ana", "answerable": answerable, "history": [], "tags": ["x"]}
        for number, (text, answerable) in enumerate(known)
    ]


def written(file: Path, rows: list[dict[str, Any]]) -> Path:
    """Write lines to a file."""
    file.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    return file
