"""Loads the parts of the pages that run in the browser: each is a script and a style sheet beside its Python."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from streamlit.components.v2 import component

HERE = Path(__file__).parent


def part(folder: Path, name: str) -> Callable[..., Any]:
    """Register a component from `<name>.js` and `<name>.css`; all share what `elements.js` and `look.css` offer."""
    return component(
        f"hone_{name}",
        html='<div class="root"></div>\n',
        js=f"{_read(HERE / 'elements.js')}\n{_read(folder / f'{name}.js')}",
        css=f"{_read(HERE / 'look.css')}\n{_read(folder / f'{name}.css')}",
    )


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8")
