"""Thinking aloud is taken out, however the marks are cut into pieces."""

import pytest

from agents.llm.client import ReasoningFilter


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
@pytest.mark.parametrize(
    ("text", "aloud"),
    [
        ("<think>so</think>Yes.", "Yes."),
        ("A<think>b</think>C<think>d</think>E", "ACE"),
        ("a < b <thin and </think", "a < b <thin and </think"),
        ("<think>never ends", ""),
        ("Yes<thi", "Yes<thi"),
    ],
)
def test_only_what_is_aloud_is_given(size: int, text: str, aloud: str) -> None:
    thoughts = ReasoningFilter()
    said = "".join(thoughts.without(text[at : at + size]) for at in range(0, len(text), size))
    assert said + thoughts.rest() == aloud
