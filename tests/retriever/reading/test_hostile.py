"""Files that mean harm are turned away with their reason, in bounded memory, and the next file is read."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
import hostile  # noqa: E402 -- a neighbour, and tests are no package

MEMORY = 1024 * 1024  # KiB
GIVEN = {file.name: file for file in (*hostile.FILES, *hostile.READABLE)}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """Read all in a process of their own: what getrusage says of its children is then about the workers alone."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "good.md").write_text("# Good\n\nwords\n")
    hostile.write(folder)
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import hostile; print(hostile.report(hostile.Path(sys.argv[2])))"
    )
    done = subprocess.run([sys.executable, "-c", code, HERE, folder], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", [file.name for file in hostile.FILES])
def test_is_turned_away_with_its_reason(found: dict[str, dict[str, list[object]]], name: str) -> None:
    said, _, next_was_read = found["files"][name]
    assert not str(said).startswith("read: ")
    assert GIVEN[name].reason in str(said)
    assert next_was_read


@pytest.mark.parametrize("name", [file.name for file in hostile.READABLE])
def test_odd_but_harmless_is_read_or_turned_away(found: dict[str, dict[str, list[object]]], name: str) -> None:
    said, _, next_was_read = found["files"][name]
    assert GIVEN[name].reason in str(said)
    assert next_was_read


def test_no_worker_took_more_than_its_memory(found: dict[str, int]) -> None:
    assert 0 < found["peak_kib"] < MEMORY
