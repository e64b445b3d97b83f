"""Hone: search and question answering over a company's documents that learns from its own use.

from hone import Hone

with Hone.open("acme") as hone:
    result = hone.search("how do I reset my password", person="nadia")
"""

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from hone.errors import HoneError, UsageError
from hone.records import Asker, Filters

if TYPE_CHECKING:
    from hone.face import Hone

__all__ = ["Asker", "Filters", "Hone", "HoneError", "UsageError", "__version__"]

try:
    __version__ = version("hone")
except PackageNotFoundError:  # a checkout that nobody installed
    __version__ = "0+unknown"


def __getattr__(name: str) -> object:
    """Load the face when it is asked for: every command imports this package, and few need it."""
    if name == "Hone":
        from hone.face import Hone

        return Hone
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
