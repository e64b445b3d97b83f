"""Which passages name the document of another."""

import pytest

from agents.heuristics.hops import Wanted, calls, closeness

WANTED = Wanted.of("Why did the director of the film Sugar Harvest die?")


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("a 1958 film by Lucas Demare.", "Lucas Demare"),
        ("a film by LUCAS   DEMARE", "Lucas Demare (director)"),
        ("see 'Leave, carry-over' for days", "Leave carry over"),
    ],
)
def test_a_title_is_found_as_a_run_of_words(text: str, title: str) -> None:
    assert calls(text, title)


@pytest.mark.parametrize(
    ("text", "title"),
    [("Lucas and Demare", "Lucas Demare"), ("Lucasdemare", "Lucas Demare"), ("how it was", "It"), ("x", "")],
)
def test_what_is_no_such_run_is_no_link(text: str, title: str) -> None:
    assert not calls(text, title)


def test_a_name_beside_a_word_of_the_question_is_close() -> None:
    text = "Sugar Harvest is a film directed by Lucas Demare. It was shown in Cannes with Amelia Bence in the hall."
    assert closeness(text, "Lucas Demare", WANTED) == 1
    assert closeness(text, "Amelia Bence", WANTED) == 0


def test_closeness_falls_with_every_word_between() -> None:
    near, far = (f"directed {'very ' * gap}Lucas Demare" for gap in (4, 9))
    assert closeness(near, "Lucas Demare", WANTED) > closeness(far, "Lucas Demare", WANTED) > 0
