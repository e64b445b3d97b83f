"""Mounts the answer component."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ui.parts.components import part

_answer = part(Path(__file__).parent, "answer")


def show_answer(data: Mapping[str, Any], key: str, on_act: Callable[[], None]) -> None:
    """Draw an answer; what a person does with it stands under `key` as `act` while `on_act` runs."""
    _answer(key=key, data=dict(data), on_act_change=on_act)
