"""What whoever installs Hone finds: a version, types, and pins that their Python can take."""

import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

import hone

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
OLDEST = PROJECT["project"]["requires-python"].removeprefix(">=")


def test_the_version_is_that_of_the_distribution() -> None:
    assert hone.__version__ == PROJECT["project"]["version"]
    with pytest.raises(AttributeError):
        _ = hone.nothing  # pyright: ignore[reportUnknownVariableType, reportAttributeAccessIssue]


def test_a_source_tree_that_is_not_installed_has_a_version_too() -> None:
    look = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import hone; print(hone.__version__)"
    told = subprocess.run([sys.executable, "-S", "-c", look], capture_output=True, text=True, check=True, cwd="/")
    assert told.stdout.startswith("0+")


@pytest.mark.parametrize("folder", PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
def test_every_folder_says_that_it_is_typed(folder: str) -> None:
    assert (ROOT / folder / "py.typed").is_file()


def test_every_pin_runs_on_the_oldest_python_that_is_promised() -> None:
    refused: list[str] = []
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        pin = Requirement(line)
        try:
            found = metadata(pin.name)
        except PackageNotFoundError:
            continue
        wanted = found["Requires-Python"] or ""
        if found["Version"].partition("+")[0] in pin.specifier and OLDEST not in SpecifierSet(wanted):
            refused.append(f"{line} takes {wanted}")
    assert refused == []
