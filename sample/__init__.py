"""The sample company: its documents, its people, and what they ask."""

import shutil
from pathlib import Path

FOLDER = Path(__file__).parent
QUESTIONS = FOLDER / "questions.jsonl"
COPIED = ("hone.toml", "company", "restricted")


def copy_to(home: Path) -> None:
    """Put the company into a workspace, unless it is there already."""
    home.mkdir(parents=True, exist_ok=True)
    for name in COPIED:
        source, target = FOLDER / name, home / name
        if target.exists():
            continue
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, target)
