"""A prompt's text and its version change together, since answers are compared by version."""

import hashlib

import pytest

from agents.prompts import PROMPTS, PROMPTS_VERSION, Prompt

TEXTS = {
    "plan-2": "143c0c407078",
    "read-1": "5a583bcc8d74",
    "sufficiency-2": "5ad6061cb776",
    "entailment-2": "306f40b4bdc4",
    "write-2": "b47cfc11c23c",
    "point-1": "fe7db7cea54f",
    "question-2": "de8867718591",
    "repair-1": "a459bb6666cf",
}


@pytest.mark.parametrize("prompt", PROMPTS, ids=lambda prompt: prompt.name)
def test_a_changed_text_has_a_new_version(prompt: Prompt) -> None:
    digest = hashlib.sha256(prompt.text.encode()).hexdigest()[:12]
    assert TEXTS[f"{prompt.name}-{prompt.version}"] == digest, "raise its version, and put the new digest here"


def test_the_version_names_every_prompt() -> None:
    assert PROMPTS_VERSION.split() == [f"{prompt.name}-{prompt.version}" for prompt in PROMPTS]
    assert len({prompt.name for prompt in PROMPTS}) == len(PROMPTS)


def test_what_is_filled_in_is_taken_as_it_is() -> None:
    assert Prompt(name="x", version=1, text="$a and $b").filled(a="$b {b} \\1", b="2") == "$b {b} \\1 and 2"
