from collections.abc import Callable

import pytest

from hone.workspace import Workspace
from tests.retriever.sources.places import Bench


@pytest.fixture
def bench(make_workspace: Callable[..., Workspace]) -> Bench:
    return Bench(make_workspace())
