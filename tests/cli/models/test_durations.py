from datetime import timedelta

import pytest

from cli.models.durations import read_duration, say_duration
from hone.errors import UsageError


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("20m", 1200), ("1h30m", 5400), ("2d", 172_800), (" 1H ", 3600), ("1m1s", 61)]
)
def test_lengths_of_time_are_read_and_written(text: str, seconds: int) -> None:
    found = read_duration(text, "--budget")
    assert found == timedelta(seconds=seconds)
    assert read_duration(say_duration(found), "--budget") == found


@pytest.mark.parametrize(
    "text", ["", "20", "m", "20 m", "1.5h", "-5m", "30m1h", "0s", "0h0m", "5x", "400d", "9" * 30 + "d"]
)
def test_anything_else_is_asked_wrongly_and_told_how(text: str) -> None:
    with pytest.raises(UsageError, match="--budget") as told:
        read_duration(text, "--budget")
    assert "1h30m" in told.value.hint


def test_no_time_is_nought_seconds() -> None:
    assert say_duration(timedelta(0)) == "0s"
