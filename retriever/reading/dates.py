"""Dates as documents write them, in one form."""

from datetime import date, datetime


def iso_date(value: object) -> str:
    """Write a date as ISO 8601, or give nothing for what is not one."""
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    if not isinstance(value, str):
        return ""
    try:
        return datetime.fromisoformat(value.strip()).isoformat() if len(value.strip()) > 10 else _day(value.strip())
    except ValueError:
        return ""


def _day(value: str) -> str:
    return date.fromisoformat(value).isoformat()
