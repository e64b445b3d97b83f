"""A Hugging Face dataset that was saved to a folder, read without the library that saved it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from eval.data.rows import EXPECTED
from hone.errors import UsageError

STATE, SPLITS = "state.json", "dataset_dict.json"


def is_saved(folder: Path) -> bool:
    """Tell whether `save_to_disk` made this folder."""
    return (folder / STATE).is_file() or (folder / SPLITS).is_file()


def split_folder(folder: Path, split: str | None) -> Path:
    """Find the folder of a split: the one that is named, `test`, or the only one there is."""
    if not (folder / SPLITS).is_file():
        if split is not None:
            raise UsageError(f"{folder} is one dataset without splits.", hint="Leave --split out.")
        return folder
    known: list[str] = _read(folder / SPLITS)["splits"]
    wanted = split or ("test" if "test" in known else known[0] if len(known) == 1 else "")
    if wanted not in known:
        told = f"There is no split {wanted!r} in {folder}" if wanted else f"{folder} has several splits"
        raise UsageError(f"{told}; there are {', '.join(known)}.", hint=f"Name one: --split {known[0]}")
    return folder / wanted


def arrow_files(folder: Path) -> list[Path]:
    """Name the files that hold a split's rows, in order."""
    files = [folder / str(item["filename"]) for item in _read(folder / STATE)["_data_files"]]
    if lacking := [file.name for file in files if not file.is_file()]:
        raise UsageError(f"{folder} lacks {', '.join(lacking)}, which its {STATE} names.", hint="Save it again.")
    return files


def arrow_rows(folder: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Give the rows with their numbers, from 1; a null is a field left out."""
    import pyarrow as pa  # pyright: ignore[reportMissingTypeStubs]  # half a second, for this form only

    arrow: Any = pa
    number = 0
    for file in arrow_files(folder):
        try:
            with arrow.memory_map(str(file)) as source, arrow.ipc.open_stream(source) as batches:
                for batch in batches:
                    for row in batch.to_pylist():
                        number += 1
                        yield number, {name: _present(value) for name, value in row.items() if value is not None}
        except arrow.ArrowInvalid as error:
            raise UsageError(f"{file} is no Arrow file: {error}.", hint="Save the dataset again.") from error


def _present(value: Any) -> Any:
    """Leave out what a struct has no value for: Arrow gives every row the fields of all."""
    if isinstance(value, dict):
        return {name: _present(item) for name, item in value.items() if item is not None}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return [_present(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return value


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{file} can't be read: {error}.", hint=EXPECTED) from error
