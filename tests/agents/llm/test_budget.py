"""One budget for everything an ask does."""

from agents.llm.budget import Budget, estimate_tokens


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_time_runs_out_and_some_is_kept_for_an_answer_without_an_llm() -> None:
    clock = Clock()
    budget = Budget(seconds=30.0, clock=clock)
    clock.now += 20.0
    assert (budget.seconds_left, budget.seconds_for_llm) == (10.0, 9.0)
    clock.now += 9.5
    refused = budget.take_call()
    assert refused is not None
    assert (refused.kind, "30 seconds" in refused.what, budget.calls_made) == ("budget", True, 0)
    clock.now += 60.0
    assert (budget.seconds_left, budget.take_round()) == (0.0, False)


def test_calls_tokens_and_rounds_are_counted() -> None:
    budget = Budget(llm_calls=2, tokens=100, rounds=1)
    assert [budget.take_call() is None for _ in range(3)] == [True, True, False]
    assert [budget.take_round() for _ in range(2)] == [True, False]
    other = Budget(tokens=100)
    other.spend(100)
    refused = other.take_call()
    assert refused is not None
    assert "100 tokens" in refused.what


def test_tokens_are_guessed_from_bytes() -> None:
    assert [estimate_tokens(text) for text in ("", "word", "words", "東京", "\ud800")] == [0, 2, 2, 2, 1]
