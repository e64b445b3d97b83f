"""The one error that people see: what happened, and what mends it."""


class HoneError(Exception):
    """It failed: exit code 1."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class UsageError(HoneError):
    """It was asked wrongly: exit code 2."""

    exit_code = 2
