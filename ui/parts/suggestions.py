"""What one might ask first: the titles of what was changed last among the documents that the asker may read."""

from collections.abc import Callable, Sequence

import streamlit as st

from hone.records import Asker, Document
from service.service import Service
from ui.safe import plain, short

CHOSEN = "hone_suggestion"
OFFERED = 4
LOOKED_AT = 200  # of the documents changed last
FRESH = 600  # seconds for which suggestions are kept
PROSE = frozenset({"md", "html", "htm", "docx", "pdf", "rst", "adoc", "txt"})
LONGEST = 44  # characters of a title that fits a chip


def suggestions(service: Service, asker: Asker) -> list[str]:
    """Suggest a few questions that somebody with the asker's groups can be answered."""
    groups = ",".join(sorted(asker.groups))
    return _suggested(service, asker, str(service.workspace.home), groups, service.library.revision())


def show_suggestions(service: Service, asker: Asker, ask: Callable[[str], None]) -> None:
    """Offer suggestions, and ask the one that is chosen."""
    offered = suggestions(service, asker)
    if not offered:
        return
    st.caption("Recently updated")
    st.pills(
        "Suggestions",
        offered,
        key=CHOSEN,
        format_func=plain,
        label_visibility="collapsed",
        on_change=lambda: ask(str(st.session_state[CHOSEN] or "")),
    )


@st.cache_data(ttl=FRESH, max_entries=200, show_spinner=False)
def _suggested(_service: Service, _asker: Asker, home: str, groups: str, revision: int) -> list[str]:  # noqa: ARG001  # the names without _ are the cache's key
    documents = [found for found in _service.library.recent(LOOKED_AT) if _asker.may_read(found.groups)]
    return [question_of(document) for document in varied(documents)[:OFFERED]]


def varied(documents: Sequence[Document]) -> list[Document]:
    """Put documents so that the first ones come from different folders; prose with a short title only."""
    good = [found for found in documents if found.kind in PROSE and 3 < len(found.title) <= LONGEST]
    seen: dict[str, int] = {}
    turns: list[tuple[int, int, Document]] = []
    for place, document in enumerate(good):
        folder = f"{document.source}/{document.path.rpartition('/')[0]}"
        seen[folder] = seen.get(folder, 0) + 1
        turns.append((seen[folder], place, document))
    return [document for *_, document in sorted(turns, key=lambda turn: turn[:2])]


def question_of(document: Document) -> str:
    """Make a question of a title: what a site's name adds to it is left out."""
    return short(document.title.partition(" - ")[0], LONGEST)
