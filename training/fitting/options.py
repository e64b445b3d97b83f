"""What can be set about fitting an encoder, and where each number comes from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FitOptions:
    """How an encoder is fitted; defaults were chosen on dev questions: docs/experiments/2026-11-27-ablations.md."""

    learning_rate: float = 1e-4
    batch_size: int = 128  # examples a step, over all processes
    epochs: float = 6.0  # at most; the time budget and early stopping end most runs before
    warmup_ratio: float = 0.1  # of all steps
    weight_decay: float = 0.01
    similarity_scale: float = 20.0  # what a cosine is multiplied by before the softmax
    hard_negatives: int = 2  # mined ones, an example
    symmetric: bool = True  # also ask which question a passage answers
    # What the live model finds nearer to a question than its answer, by a margin of cosine, may be right too and is
    # left out; what was mined for an example is its own wrong answer all the same.
    mask_likely_positives: bool = True
    likely_positive_margin: float = 0.1
    distillation_weight: float = 0.5  # of staying near the live model, on general texts
    general_texts: int = 16  # a step
    matryoshka_dimensions: tuple[int, ...] = ()  # shorter vectors that shall work too; the full length always does
    freeze_word_embeddings: bool = True  # half of all parameters, and what forgets first
    evaluations_per_epoch: int = 4  # of the development questions
    patience: int = 4  # evaluations without anything better
    question_tokens: int = 64
    passage_tokens: int = 128
    base_shares: tuple[float, ...] = (0.25, 0.5, 0.75)  # shares of the base that are tried in the end
