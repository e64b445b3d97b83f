"""The kinds of places that documents can come from: one record each."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from hone.errors import UsageError
from retriever.sources.beir import SUFFIXES, BeirFile
from retriever.sources.connector import Connector
from retriever.sources.folder import Folder
from retriever.sources.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorKind:
    """A kind of source: which addresses are its, and how one is opened."""

    name: str
    address: str  # what one looks like, for people
    matches: Callable[[str], bool]
    open: Callable[[Source], Connector]


def _is_local(address: str) -> bool:
    return not re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", address)


CONNECTORS = (  # the first that matches an address has it
    ConnectorKind(
        name="beir",
        address="a corpus.jsonl in BEIR form",
        matches=lambda address: _is_local(address) and address.endswith(SUFFIXES),
        open=BeirFile,
    ),
    ConnectorKind(name="folder", address="a folder or a file on this machine", matches=_is_local, open=Folder),
)


def open_connector(source: Source) -> Connector:
    """Open a source, or name the kinds of addresses there are."""
    for kind in CONNECTORS:
        if kind.matches(source.address):
            return kind.open(source)
    raise UsageError(
        f"Hone can't read documents from {source.address}.",
        hint=f"You can use {', '.join(kind.address for kind in reversed(CONNECTORS))}.",
    )
