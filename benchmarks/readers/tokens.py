"""Texts as the packaged encoder has them below and above its last two layers, each encoded alone and once."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from agents.heuristics.facts import rarity, terms_of
from benchmarks.readers.groups import Readable
from retriever.encoding.loading import load_model
from retriever.encoding.modelfolder import find_model_folder
from retriever.ranking.words import STOP_WORDS

BELOW = -3  # of the hidden states: what the second last layer reads
LONGEST = 192  # tokens that are kept of a text
AT_ONCE = 32
UNKNOWN, SELDOM, STOP, BESIDE = 0.3, 0.15, 0.1, 0.05  # what tokens weigh, as in `agents.heuristics.choosing`

_WORD = re.compile(r"[^\W_]+(?:[-_./'’&+]?[^\W_]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """A text's tokens, the two that only the model knows included."""

    below: NDArray[np.float16]
    above: NDArray[np.float16]
    starts: NDArray[np.int32]  # where each begins in the text


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What a question's tokens weigh, and how far comparing alone brings each block: matched, within, cosine."""

    weights: NDArray[np.float32]
    base: NDArray[np.float32]


class Words:
    """Encodes texts once and keeps their tokens, in memory: about 150 kB a text."""

    def __init__(self) -> None:
        model: Any = load_model(find_model_folder(""), "cpu")
        self.encoder: Any = model[0].model.eval()
        self._tokenizer: Any = model.tokenizer
        self._known = dict[str, Tokens]()

    def encode(self, texts: Iterable[str]) -> None:
        """Encode what is not known yet, texts of a length together."""
        new = sorted({text for text in texts if text not in self._known}, key=len)
        for start in range(0, len(new), AT_ONCE):
            self._encode(new[start : start + AT_ONCE])

    def of(self, text: str, most: int) -> Tokens:
        """Return at most so many tokens of a text that was encoded."""
        known = self._known[text]
        return Tokens(below=known.below[:most], above=known.above[:most], starts=known.starts[:most])

    def weigh(self, question: str, blocks: Sequence[Readable]) -> Weighed:
        """Weigh a question's tokens by how rare their words are among the blocks, and compare it with each."""
        asked = self._known[question]
        rare = rarity([terms_of(block.text) for block in blocks], terms_of(question))
        weights = _weights(question, asked.starts[1:-1].tolist(), rare)
        tokens, whole = _unit(asked.above[1:-1]), _unit(asked.above.astype(np.float32).mean(0))
        rows = list[tuple[float, float, float]]()
        for block in blocks:
            other = self._known[block.text]
            cosines = tokens @ _unit(other.above[1:-1]).T
            inside = other.starts[1:-1] > (block.under or -1)
            met = cosines[:, inside] if inside.any() else cosines
            cosine = float(whole @ _unit(other.above.astype(np.float32).mean(0)))
            rows.append((float(weights @ cosines.max(1)), float(weights @ met.max(1)), cosine))
        return Weighed(weights=weights, base=np.array(rows, dtype=np.float32))

    @torch.inference_mode()
    def _encode(self, texts: Sequence[str]) -> None:
        features = self._tokenizer(
            list(texts),
            padding=True,
            truncation=True,
            max_length=LONGEST,
            return_offsets_mapping=True,
            return_tensors="pt",
        )
        places = features.pop("offset_mapping")
        with torch.autocast("cpu", dtype=torch.bfloat16):
            states = self.encoder(**features, output_hidden_states=True).hidden_states
        below, above = states[BELOW].half().numpy(), states[-1].half().numpy()
        for row, text in enumerate(texts):
            count = int(features["attention_mask"][row].sum())
            starts = places[row, :count, 0].numpy().astype(np.int32)
            self._known[text] = Tokens(below=below[row, :count].copy(), above=above[row, :count].copy(), starts=starts)


def _weights(question: str, starts: Sequence[int], rare: Mapping[str, float]) -> NDArray[np.float32]:
    words = [(word.start(), word.end(), word.group()) for word in _WORD.finditer(question)]
    places = [next((n for n, (a, b, _) in enumerate(words) if a <= at < b), -1) for at in starts]
    made = [BESIDE if n < 0 else _weight(words[n][2], rare) / places.count(n) ** 0.5 for n in places]
    return (np.array(made) / max(sum(made), 1e-6)).astype(np.float32)


def _weight(word: str, rare: Mapping[str, float]) -> float:
    if word.lower() in STOP_WORDS:
        return STOP
    return max(max((rare.get(term, UNKNOWN) for term in terms_of(word)), default=UNKNOWN), SELDOM)


def _unit(rows: NDArray[Any]) -> NDArray[np.float32]:
    made = rows.astype(np.float32)
    return made / np.maximum(np.linalg.norm(made, axis=-1, keepdims=True), 1e-6)
