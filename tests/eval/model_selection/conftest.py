"""A small company, and models made on the spot."""

from pathlib import Path

import pytest

from tests.cli.conftest import hone
from tests.eval.model_selection.variants import random_bert

__all__ = ["hone"]


@pytest.fixture
def home(company_home: Path) -> Path:
    """The company that the command line works on."""
    return company_home


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real model folder that has learned nothing."""
    return random_bert(tmp_path_factory.mktemp("models") / "tiny")
