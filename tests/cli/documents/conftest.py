from pathlib import Path

import pytest

from tests.cli.documents.folders import write


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    write(folder / "leave.md", "# Leave\n\nEmployees take leave in whole days.\n")
    write(folder / "it" / "vpn.md", "# VPN\n\nReset the tunnel before you call anybody.\n")
    return folder
