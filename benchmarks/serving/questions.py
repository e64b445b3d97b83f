"""What the people of the sample company ask, each question in its asker's name."""

from dataclasses import dataclass
from pathlib import Path

from benchmarks.questionsets import sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question that stands without a conversation."""

    person: str
    text: str


def questions(home: Path) -> list[Question]:
    """Return the questions that stand by themselves."""
    return [Question(person=item.asker.name, text=item.turns[-1].text) for item in sample(home) if len(item.turns) == 1]
