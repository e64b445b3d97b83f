"""An office with ten documents, two passages each; one of them is for HR alone."""

import pytest

from tests.conftest import MakeWorkspace
from tests.training.office import Office, shelved

TOPICS = ("vpn", "leave", "parking", "laptop", "canteen", "badge", "printer", "travel", "pension")


@pytest.fixture
def office(make_workspace: MakeWorkspace) -> Office:
    """Open the office; its log is empty."""
    office = Office(workspace=make_workspace())
    office.shelve(
        *(
            shelved(
                f"{topic}.md",
                f"The {topic} rules say what everybody has to do on the first day of every month at the {topic} desk.",
                f"Whoever lost their {topic} token calls the helpdesk and waits for a new one until the evening.",
                title=f"All about {topic}",
            )
            for topic in TOPICS
        ),
        shelved("severance.md", "The severance budget.", groups=frozenset({"hr"})),
    )
    return office
