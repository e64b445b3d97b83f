"""Who found a hit useful, in words."""

import pytest

from hone.records import ConfirmedBy
from service.confirmed import confirmed_in_words


@pytest.mark.parametrize(
    ("people", "you", "admin", "same", "expected"),
    [
        (2, False, False, False, {"2", "people", "similar"}),
        (1, True, False, True, {"You", "this"}),
        (3, True, False, False, {"You", "2", "people", "similar"}),
        (2, True, False, False, {"You", "1", "person", "similar"}),
        (1, False, True, True, {"admin", "this"}),
        (4, False, True, False, {"4", "people", "admin", "similar"}),
    ],
)
def test_it_says_how_many_and_for_what(people: int, you: bool, admin: bool, same: bool, expected: set[str]) -> None:
    said = confirmed_in_words(ConfirmedBy(people=people, you=you, admin=admin, same=same, nearness=0.5))
    assert expected <= set(said.replace(",", "").replace(".", "").split())
    assert ("this" in said.split("useful for")[1]) == same
