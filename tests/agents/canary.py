"""A type that tells when one of it is made: none may be, from what a file holds."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass
class Canary:
    """It sings when it is made."""

    song: str
    made: ClassVar[list[str]] = []

    def __post_init__(self) -> None:
        Canary.made.append(self.song)
