"""Whose word counts for whom, and how much."""

import pytest

from hone.log.confirmations import Confirmation
from retriever.remembering.lifts import HALF, RISE, lifts_of
from retriever.remembering.questions import Near


def said(person: str, document: str = "a", nearness: float = 1.0, *, agrees: bool = True, admin: bool = False) -> Near:
    confirmation = Confirmation(
        id=f"{person} {document}",
        question="q",
        object=document,
        document=document,
        person=person,
        agrees=agrees,
        admin=admin,
    )
    return Near(confirmation=confirmation, nearness=nearness, same=nearness == 1.0)


@pytest.mark.parametrize(
    ("near", "asker", "counts", "rise"),
    [
        ([said("ana")], "cy", False, None),
        ([said("ana")], "ana", True, None),
        ([said("ana"), said("ana", nearness=0.5)], "cy", False, None),
        ([said("ana"), said("bo")], "cy", True, RISE),
        ([said("ana"), said("bo")], "", True, RISE),
        ([said("ana"), said("bo")], "ana", True, None),
        ([said("ana"), said("bo"), said("di", agrees=False)], "cy", False, None),
        ([said("ana", admin=True)], "cy", True, None),
        ([said("ana"), said("bo"), said("di", admin=True, agrees=False)], "cy", False, None),
        ([said("ana"), said("bo"), said("di", admin=True, agrees=False)], "bo", True, None),
        ([said(f"p{number}") for number in range(6)], "cy", True, None),
    ],
)
def test_who_moves_whose_results(near: list[Near], asker: str, counts: bool, rise: int | None) -> None:
    lifts = lifts_of(near, asker, people=100)
    assert bool(lifts) == counts
    assert [lift.rise for lift in lifts] == [rise] * counts


def test_a_person_says_one_thing_of_a_document_by_the_nearest_question() -> None:
    (lift,) = lifts_of([said("ana", nearness=0.5), said("ana", nearness=0.8), said("bo", nearness=0.4)], "cy", 10)
    assert lift.by.people == 2
    assert lift.by.nearness == 0.8
    assert lift.strength == pytest.approx(1.2 / (1.2 + HALF))
    assert lifts_of([said("ana", nearness=0.5), said("ana", nearness=0.8, agrees=False), said("bo")], "cy", 10) == []


def test_what_fewer_agree_on_is_lifted_less() -> None:
    crowd = [said(f"p{number}") for number in range(4)]
    first, second = lifts_of([*crowd, said("x", "b"), said("y", "b")], "cy", 10)
    assert (first.document, second.document) == ("a", "b")
    assert first.strength == pytest.approx(4 / (4 + HALF))
    assert second.strength == pytest.approx(2 / (2 + HALF) * 2 / 4)
