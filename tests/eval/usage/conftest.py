"""The command line on the workspace that `make_workspace` makes."""

from pathlib import Path

import pytest

from tests.cli.conftest import hone

__all__ = ["hone"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where `make_workspace` puts its workspace."""
    return tmp_path / "home"
