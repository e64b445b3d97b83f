"""The button that copies an answer."""

from collections.abc import Callable
from pathlib import Path

from ui.parts.components import part

_copy = part(Path(__file__).parent, "copy")


def copy_button(text: str, key: str, on_act: Callable[[], None]) -> None:
    """Offer a text to be copied; `on_act` runs once it has been."""
    _copy(key=key, data={"text": text}, width="content", on_act_change=on_act)
