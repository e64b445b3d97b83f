"""What can be set about fitting an encoder, and where each number comes from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FitOptions:
    """How an encoder is fitted; the defaults were chosen on development questions (docs/experiments.md, Learn)."""

    rate: float = 1e-4
    batch: int = 128  # examples a step, over all processes
    epochs: float = 6.0  # at most; the time budget and early stopping end most runs before
    warmup: float = 0.1  # of all steps
    decay: float = 0.01
    scale: float = 20.0  # what a cosine is multiplied by before the softmax
    negatives: int = 2  # mined ones, an example
    both_ways: bool = True  # also ask which question a passage answers
    masked: bool = True  # what the live model finds much nearer than the answer may be right too, and is left out
    margin: float = 0.1  # of cosine, which is much; what was mined for an example is its own wrong answer all the same
    distil: float = 0.5  # weight of staying near the live model, on general texts
    general: int = 16  # general texts a step
    dimensions: tuple[int, ...] = ()  # shorter vectors that shall work too; the full length always does
    frozen_words: bool = True  # leave the table of words as it is: half of all parameters, and what forgets first
    looks: int = 4  # at the development questions, an epoch
    patience: int = 4  # looks without anything better
    question_tokens: int = 64
    passage_tokens: int = 128
    averages: tuple[float, ...] = (0.25, 0.5, 0.75)  # shares of the base that are tried in the end
