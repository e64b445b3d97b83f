"""The golden files, and what they are made of."""

from pathlib import Path

import pytest

from tests.golden.comparing import Golden
from tests.training.conftest import office, shelved_folder

__all__ = ["office", "shelved_folder"]


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compare with the golden files, or write them anew with --rewrite-golden."""
    return Golden(folder=Path(__file__).parent, rewrite=bool(request.config.getoption("--rewrite-golden")))
