"""Why a door says no: each kind is one status at every door."""

from hone.errors import HoneError


class UnknownAskerError(HoneError):
    """It is not known who asks."""


class MissingError(HoneError):
    """There is no such thing, or the asker can't access it: no reply shows which."""


class TooManyError(HoneError):
    """Too much was asked at once; after `retry_after` seconds it may go better."""

    def __init__(self, message: str, *, hint: str = "", retry_after: float = 1.0) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after
