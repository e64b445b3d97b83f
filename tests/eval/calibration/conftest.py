"""The small company that the agents' tests ask."""

from tests.agents.conftest import company, indexed

__all__ = ["company", "indexed"]
