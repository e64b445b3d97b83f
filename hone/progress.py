"""How long-running work reports its progress."""

from typing import Protocol


class Progress(Protocol):
    """Hears of stages, and of steps within the present one."""

    def stage(self, name: str, total: int | None) -> None: ...

    def advance(self, steps: int) -> None: ...


class Silent:
    """Listens to nothing."""

    def stage(self, name: str, total: int | None) -> None:
        """Ignore a stage."""

    def advance(self, steps: int) -> None:
        """Ignore steps."""
