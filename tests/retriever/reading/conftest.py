from collections.abc import Iterator
from pathlib import Path

import pytest

from retriever.reading.limits import ReadLimits
from retriever.reading.reader import Reader


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader(1, ReadLimits()) as opened:
        yield opened


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.md"
    path.write_text("# Travel policy\n\nBook the train.\n")
    return path
