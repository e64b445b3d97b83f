"""Reasoning models think aloud; what stands between their thinking marks is no part of the reply."""

OPEN, CLOSE = "<think>", "</think>"


class Thoughts:
    """Take thoughts out of a reply that comes in pieces."""

    def __init__(self) -> None:
        self._held = ""
        self._thinking = False

    def without(self, piece: str) -> str:
        """Give what of the reply so far is surely said aloud."""
        self._held += piece
        said: list[str] = []
        while True:
            mark = CLOSE if self._thinking else OPEN
            before, found, after = self._held.partition(mark)
            if not found:
                break
            said.append("" if self._thinking else before)
            self._held, self._thinking = after, not self._thinking
        keep = _begun(self._held, mark)
        if not self._thinking:
            said.append(self._held[: len(self._held) - keep])
        self._held = self._held[len(self._held) - keep :]
        return "".join(said)

    def rest(self) -> str:
        """Give what was held back, once the reply has ended."""
        return "" if self._thinking else self._held


def _begun(text: str, mark: str) -> int:
    """Tell how much of a mark stands at the text's end."""
    return next((size for size in range(min(len(mark) - 1, len(text)), 0, -1) if text.endswith(mark[:size])), 0)
