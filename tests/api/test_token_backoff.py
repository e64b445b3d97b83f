"""Who has to wait is told so at once, and until then alone."""

from api.token_backoff import REMEMBERED, Waits
from service.refusals import TooManyError


def test_a_token_waits_as_long_as_it_was_told_to() -> None:
    now = [100.0]
    waits = Waits(lambda: now[0])
    waits.add("hone_a", TooManyError("Too fast.", retry_after=2.5))
    assert waits.of("hone_b") is None
    now[0] += 1.0
    told = waits.of("hone_a")
    assert told is not None
    assert (told.message, told.hint, told.retry_after) == ("Too fast.", "Try again in 2 s.", 1.5)
    now[0] += 1.5
    assert waits.of("hone_a") is None


def test_so_many_are_remembered_and_none_by_its_text() -> None:
    waits = Waits(lambda: 0.0)
    for number in range(REMEMBERED + 1):
        waits.add(f"hone_{number}", TooManyError("No.", retry_after=9.0))
    assert waits.of("hone_0") is None
    assert waits.of("hone_1") is not None
    assert "hone_1" not in repr(vars(waits))
