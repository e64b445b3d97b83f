"""What every benchmark prints and keeps: its figures, the machine and the commit they were measured on."""

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
DATA = REPOSITORY.parent / "shared" / "data"


def keep(name: str, figures: Mapping[str, object], folder: Path | None) -> None:
    """Print the figures, and write them with the commit where a folder is given."""
    for key, value in figures.items():
        print(f"{key:<48} {value}")
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        record = {
            "benchmark": name,
            "commit": commit(),
            "when": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": machine(),
            "figures": dict(figures),
        }
        (folder / f"{name}.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def data_folder(given: Path | None) -> Path:
    """Find the data sets, or say that they are missing."""
    folder = given or DATA
    if not folder.is_dir():
        sys.exit(f"There are no data sets in {folder}.\n  → give their folder as an argument")
    return folder


def of_one_set(description: str | None) -> argparse.Namespace:
    """Read the arguments of a benchmark of one data set in homes that are kept."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--home", type=Path, required=True, help="where workspaces are kept, and found again")
    parser.add_argument("--results", type=Path)
    return parser.parse_args()


def machine() -> str:
    """Describe what the figures were measured on."""
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def commit() -> str:
    """Name the commit that is measured, and whether anything was changed since."""
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty"], check=False, capture_output=True, text=True, cwd=REPOSITORY
    )
    return described.stdout.strip() or "unknown"
