"""A Hugging Face dataset that was saved to a folder, as rows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hone.errors import UsageError

STATE, SPLITS = "state.json", "dataset_dict.json"


def is_saved(folder: Path) -> bool:
    """Check whether `save_to_disk` made this folder."""
    return (folder / STATE).is_file() or (folder / SPLITS).is_file()


def open_saved(folder: Path, split: str | None) -> Any:
    """Open a dataset's split: the one that is named, `test`, or the only one there is."""
    import datasets  # pyright: ignore[reportMissingTypeStubs]  # a second, for this form only

    try:
        found: Any = datasets.load_from_disk(str(folder))  # pyright: ignore[reportUnknownMemberType]
    except Exception as error:  # whatever pyarrow, json and the disk raise
        what = " ".join(str(error).split())
        raise UsageError(
            f"{folder} can't be read as a dataset: {what}", hint="Save it again with datasets' save_to_disk."
        ) from error
    if not isinstance(found, datasets.DatasetDict):
        if split is not None:
            raise UsageError(f"{folder} is one dataset without splits.", hint="Leave out --split.")
        return found
    known = list(map(str, found))
    wanted = split or ("test" if "test" in known else known[0] if len(known) == 1 else "")
    if wanted not in known:
        told = f"There is no split {wanted!r} in {folder}" if wanted else f"{folder} has several splits"
        raise UsageError(f"{told}; there are {', '.join(known)}.", hint=f"Name one: --split {known[0]}")
    return found[wanted]


def saved_files(dataset: Any) -> list[Path]:
    """Name the files that hold the rows, in order."""
    return [Path(item["filename"]) for item in dataset.cache_files]


def saved_rows(dataset: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """Read the rows with their numbers, from 1; a null is a field left out."""
    for number, row in enumerate(dataset, 1):
        yield number, _present(row)


def _present(value: Any) -> Any:
    """Leave out what a struct has no value for: Arrow gives every row the fields of all."""
    if isinstance(value, dict):
        return {name: _present(item) for name, item in value.items() if item is not None}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return [_present(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return value
