"""The errors that people see: what happened and how to fix it, without passwords."""

import re
import sqlite3

_USERINFO = re.compile(r"(?<=://)[^/?#\s'\"]*@")


def masked(text: str) -> str:
    """Hide the name and the password that an address in a text may have before its host."""
    return _USERINFO.sub("***@", text)


class HoneError(Exception):
    """It failed: exit code 1."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        self.message, self.hint = masked(message), masked(hint)
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class UsageError(HoneError):
    """It was asked wrongly: exit code 2."""

    exit_code = 2


def in_words(error: Exception) -> str:
    """Say what happened without programmers' words; the caller logs the rest."""
    if isinstance(error, HoneError):
        return error.message
    if isinstance(error, sqlite3.Error) and str(error):
        return masked(str(error))  # SQLite's own short sentences: database or disk is full
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return "something unexpected went wrong; see Hone's log for details"


class UnknownAskerError(HoneError):
    """It is not known who asks."""


class MissingError(HoneError):
    """There is no such thing, or the asker can't access it: no reply shows which."""


class TooManyError(HoneError):
    """Too much was asked at once; after `retry_after` seconds it may go better."""

    def __init__(self, message: str, *, hint: str = "", retry_after: float = 1.0) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after
