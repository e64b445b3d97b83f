"""Things that belong together because a chain of others says so."""

from collections.abc import Hashable
from typing import Generic, TypeVar

Thing = TypeVar("Thing", bound=Hashable)


class UnionFind(Generic[Thing]):
    """Disjoint sets that grow together; anything never named stands alone."""

    def __init__(self) -> None:
        self._above: dict[Thing, Thing] = {}

    def union(self, one: Thing, other: Thing) -> None:
        """Put two things, and all that belongs to either, into one set."""
        self._above[self.find(one)] = self.find(other)

    def find(self, thing: Thing) -> Thing:
        """Return the member that stands for a thing's set."""
        top = thing
        while (above := self._above.get(top, top)) != top:
            top = above
        while thing != top:  # the next look is one step
            above, self._above[thing] = self._above[thing], top
            thing = above
        return top
