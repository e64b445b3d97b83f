"""Hone: search and question answering over a company's documents that learns from its own use.

from hone import Hone

with Hone.open("acme") as hone:
    result = hone.search("how do I reset my password", person="nadia")
"""

from typing import TYPE_CHECKING

from hone.errors import HoneError, UsageError
from hone.records import Asker, Filters

if TYPE_CHECKING:
    from hone.face import Hone

    __version__: str

__all__ = ["Asker", "Filters", "Hone", "HoneError", "UsageError", "__version__"]


def __getattr__(name: str) -> object:
    """Load the face and the version when asked for: every command imports this package, and few need either."""
    if name == "Hone":
        from hone.face import Hone

        return Hone
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("hone")
        except PackageNotFoundError:
            return "0+unknown"  # a source tree that was not installed
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
