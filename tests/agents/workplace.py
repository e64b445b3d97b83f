"""A small company for the assistant's tests: documents written here, two groups, two dates that do not agree."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from hone.progress import Silent
from hone.records import Asker
from hone.workspace import Workspace
from retriever.sources.sync import sync

ANA = Asker(name="ana")
BO = Asker(name="bo", groups=frozenset({"hr"}))

SECRET = "The Zanzibar severance budget is 4,711,000 euros and the codeword is quetzalcoatl."
DOCUMENTS: Mapping[str, str] = {
    "wiki/vpn.md": "# VPN access\n\nThe VPN password is changed every 45 days. Ask the helpdesk for a new token.\n",
    "wiki/leave.md": "# Annual leave\n\nFull-time staff receive 28 days of annual leave each year.\n",
    "wiki/parking.md": "# Parking\n\nThe parking garage opens at 06:30 and closes at 22:00.\n",
    "wiki/laptops-2024.md": "# Laptop renewal 2024\n\nLaptops are exchanged every 36 months.\n",
    "wiki/laptops-2026.md": "# Laptop renewal 2026\n\nLaptops are exchanged every 48 months instead of 36.\n",
    "wiki/canteen.md": "# Canteen\n\nLunch in the canteen costs 6.50 euros for staff.\n",
    "hr/severance.md": f"# Severance budget\n\n{SECRET}\n",
}
DATES = {
    "wiki/laptops-2024.md": datetime(2024, 2, 1, tzinfo=UTC),
    "wiki/laptops-2026.md": datetime(2026, 2, 1, tzinfo=UTC),
}
TOML = """
[[sources]]
name = "wiki"
path = "../wiki"
groups = ["everyone"]
url = "https://wiki.example/"
[[sources]]
name = "hr"
path = "../hr"
groups = ["hr"]
[people.ana]
[people.bo]
groups = ["hr"]
"""


def write(folder: Path, documents: Mapping[str, str] = DOCUMENTS) -> None:
    """Write the documents with the dates that they are of."""
    for path, text in documents.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        moment = DATES.get(path, datetime(2025, 6, 1, tzinfo=UTC)).timestamp()
        os.utime(file, (moment, moment))


def index(workspace: Workspace) -> Workspace:
    """Read and index what was written."""
    sync(workspace, [], Silent(), wait=0)
    return workspace
