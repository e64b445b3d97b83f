"""The sample company: its documents, its people, and what they ask."""

import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

FOLDER = Path(__file__).parent
QUESTIONS = FOLDER / "questions.jsonl"
MODIFIED = FOLDER / "modified.json"  # when each was last changed: no package or checkout keeps a file's own time
COPIED = ("hone.toml", "company", "restricted")


def copy_to(home: Path) -> None:
    """Put the company into a workspace, unless it is there already."""
    home.mkdir(parents=True, exist_ok=True)
    fresh = [name for name in COPIED if not (home / name).exists()]
    for name in fresh:
        source, target = FOLDER / name, home / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, target)
    for path, day in json.loads(MODIFIED.read_text(encoding="utf-8")).items():
        if path.split("/")[0] in fresh:
            moment = datetime.fromisoformat(day).replace(hour=9, tzinfo=UTC).timestamp()
            os.utime(home / path, (moment, moment))
