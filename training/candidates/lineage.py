"""What a model was trained on top of."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from training.candidates.manifest import FILE, Manifest


def sheet_of(folder: Path) -> Manifest | None:
    """Read a model's manifest; nothing where it was not trained here, or can't be read."""
    try:
        return Manifest.model_validate_json((folder / FILE).read_bytes())
    except (OSError, ValidationError):
        return None


def below(folder: Path) -> Iterator[tuple[Path, Manifest]]:
    """Give what a model was trained on top of, nearest first; a trained model's id begins with its folder's name."""
    seen, sheet = {folder}, sheet_of(folder)
    while sheet is not None:
        folder = folder.parent / sheet.base.partition("@")[0]
        if folder in seen or (sheet := sheet_of(folder)) is None:
            return
        seen.add(folder)
        yield folder, sheet
