"""Groups that are known by name, for those who may have misspelt one."""

import difflib
from collections.abc import Collection, Iterator

from hone.records import ADMIN, EVERYONE
from hone.settings import Settings
from hone.workspace import Workspace
from retriever.library.library import Library
from retriever.sources.source import known_sources


def unknown_groups(workspace: Workspace, given: Collection[str]) -> dict[str, list[str]]:
    """Name the groups that nobody and nothing else has, each with the known ones that it is like."""
    known = {ADMIN, EVERYONE, *_of_settings(workspace.settings), *Library(workspace.database).groups()}
    for source in known_sources(workspace.settings, workspace.database).values():
        known |= source.groups.union(*(rule.groups for rule in source.readers))
    return {group: difflib.get_close_matches(group, sorted(known)) for group in sorted(set(given) - known)}


def _of_settings(settings: Settings) -> Iterator[str]:
    for person in settings.people.values():
        yield from person.groups
    yield from settings.identity.groups.values()
