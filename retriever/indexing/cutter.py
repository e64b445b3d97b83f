"""The cutter that fits an encoder: passages are cut so that it can read each of them whole."""

from functools import cached_property

from hone.records import Passage
from retriever.cutting.passages import cut
from retriever.cutting.tokens import open_window
from retriever.cutting.window import Window
from retriever.indexing.encoders import Encoders
from retriever.reading.parsed import Parsed

HASH_MODEL = "hash"
WORDS = 200  # the window of the hash encoder, which has no tokenizer: about what 256 tokens hold


class Cutter:
    """Cuts for the encoder that serves; what that is and how it counts is found out at the first document."""

    def __init__(self, encoders: Encoders) -> None:
        self._encoders = encoders

    def __call__(self, parsed: Parsed, document: str) -> tuple[Passage, ...]:
        return cut(parsed, document, self._window)

    @cached_property
    def _window(self) -> Window:
        from retriever.encoding.modelfolder import find_model_folder

        model = self._encoders.serving()
        if model.location == HASH_MODEL:
            return Window(limit=WORDS, count=lambda text: len(text.split()))
        tokenizer = find_model_folder(self._encoders.place(model.location)) / "tokenizer.json"
        return open_window(tokenizer, model.card.max_tokens, model.card.passage_prompt)
