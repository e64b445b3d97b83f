"""How much one person may ask, and how much everybody."""

import threading
import time

import pytest

from hone.errors import TooManyError
from service.limits import Places, Rate


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def taken(rate: Rate, person: str, most: int = 1000) -> int:
    for count in range(most):
        try:
            rate.take(person)
        except TooManyError:
            return count
    return most


def test_a_quarter_of_a_minute_may_be_asked_at_once() -> None:
    assert taken(Rate(60, Clock()), "ana") == 15


def test_a_bucket_fills_again_but_not_beyond_its_size() -> None:
    clock = Clock()
    rate = Rate(60, clock)
    taken(rate, "ana")
    clock.now += 5
    assert taken(rate, "ana") == 5
    clock.now += 3600
    assert taken(rate, "ana") == 15


def test_who_asks_too_fast_is_told_when_to_come_back_and_then_served() -> None:
    clock = Clock()
    rate = Rate(6, clock)
    taken(rate, "ana")
    with pytest.raises(TooManyError) as refused:
        rate.take("ana")
    assert 0 < refused.value.retry_after <= 10
    clock.now += refused.value.retry_after + 1e-6
    rate.take("ana")


def test_asking_while_refused_does_not_push_the_next_request_away() -> None:
    clock = Clock()
    rate = Rate(60, clock)
    taken(rate, "ana")
    for _ in range(100):
        clock.now += 0.005
        assert taken(rate, "ana", most=1) == 0
    clock.now += 0.501
    assert taken(rate, "ana") == 1


def test_one_persons_haste_is_nobody_elses_wait() -> None:
    rate = Rate(60, Clock())
    taken(rate, "ana")
    assert taken(rate, "bo") == 15


def test_the_wait_that_people_read_is_never_zero() -> None:
    clock = Clock()
    rate = Rate(600, clock)
    taken(rate, "ana")
    with pytest.raises(TooManyError) as refused:
        rate.take("ana")
    assert refused.value.hint == "Try again in 1 s."


def test_threads_share_one_bucket() -> None:
    rate, got = Rate(400, Clock()), list[int]()
    threads = [threading.Thread(target=lambda: got.append(taken(rate, "ana"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(got) == 100


def test_one_person_has_so_many_places_and_no_more() -> None:
    places = Places(10, 2)
    places.take("ana")
    places.take("ana")
    with pytest.raises(TooManyError, match="2 of your questions"):
        places.take("ana")
    places.take("bo")
    places.give_back("ana")
    places.take("ana")


def test_everybody_together_has_so_many_places() -> None:
    places = Places(2, 2)
    places.take("ana")
    places.take("bo")
    with pytest.raises(TooManyError, match="2 "):
        places.take("cy")


def test_a_place_is_given_back_when_what_was_done_in_it_fails() -> None:
    places = Places(1, 1)
    with pytest.raises(ZeroDivisionError), places.place("ana"):
        _ = 1 / 0
    with places.place("ana"):
        pass


def test_threads_never_hold_more_places_than_there_are() -> None:
    places, inside, most = Places(4, 2), list[int](), list[int]()

    def work(person: str) -> None:
        for _ in range(40):
            try:
                with places.place(person):
                    inside.append(1)
                    most.append(len(inside))
                    time.sleep(0.0005)
                    inside.pop()
            except TooManyError:
                time.sleep(0.0002)

    threads = [threading.Thread(target=work, args=(f"p{number % 5}",)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 2 <= max(most) <= 4
    for _ in range(2):
        places.take("p0")
        places.take("p1")  # all four are free again
