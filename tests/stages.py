"""A progress that remembers the stages it hears of."""

from hone.progress import Silent


class Stages(Silent):
    """Remembers the stages that it hears of."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def stage(self, name: str, total: int | None) -> None:
        del total
        self.names.append(name)
