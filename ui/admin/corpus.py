"""What is in the library, and whether all of it can be found."""

from datetime import UTC, datetime, timedelta

import streamlit as st

from hone.records import Asker
from retriever.indexing.keeping import NOT_INDEXED
from service.overview.corpus import CorpusHealth, SourceStatus
from service.service import Service
from ui.admin import kept
from ui.admin.words import ago, counted, group_names, size
from ui.parts.components import figure, table
from ui.safe import plain

OLD = timedelta(days=7)  # after which a source that was not read again deserves a look


def corpus_health(service: Service, asker: Asker) -> None:
    """Show sources, what could not be read, and the index."""
    health = kept.health(service, service.workspace.home, asker)
    live = health.status.live
    unread = len(health.status.rejections)
    with st.grid(4, min_column_width=150):
        figure("Documents", f"{health.documents:,}")
        figure("Passages", f"{health.passages:,}")
        figure("Files not read", f"{unread:,}", explained="In sources you have access to.")
        figure("On disk", size(sum(health.bytes.values())), explained=_sizes(health))
    if live is None:
        st.error(f"{NOT_INDEXED} Run `hone documents sync`.", icon=":material/error:")
    elif health.status.behind:
        st.warning(
            "Some documents aren't searchable yet: a sync was interrupted. Run `hone documents sync`.",
            icon=":material/sync_problem:",
        )
    else:
        st.success("Every document is searchable.", icon=":material/check_circle:")
    _sources(health)
    _unread(health)
    _warned(health)
    if health.hidden:
        names = ", ".join(f"{count:,} in {name}" for name, count in health.hidden.items())
        st.caption(
            f"{counted(sum(health.hidden.values()), 'more file')} couldn't be read or had warnings, in "
            f"sources you don't have access to. Their names are hidden: {plain(names)}."
        )


def _sources(health: CorpusHealth) -> None:
    st.header("Sources")
    if not health.status.sources:
        st.text("No sources yet. Add one: hone documents add FOLDER --group everyone")
        return
    rows = [
        {
            "Source": source.name,
            "State": _state(source),
            "Documents": source.documents,
            "Passages": source.passages,
            "Last full sync": ago(source.synced),
            "Readable by": group_names(source.groups),
        }
        for source in health.status.sources
    ]
    table(rows, "Every source with its state and size")
    if live := health.status.live:
        st.caption(
            f"Index {plain(live.id)}: {counted(live.passages, 'passage')}, built {ago(live.built)} with the model "
            f"{plain(live.model.id)}."
        )


def _state(source: SourceStatus) -> str:
    if source.synced is None:
        return "never fully synced"
    age = datetime.now(UTC) - datetime.fromtimestamp(source.synced, UTC)
    return "not synced recently" if age > OLD else "up to date"


def _unread(health: CorpusHealth) -> None:
    st.header("Files that couldn't be read")
    if not health.status.rejections:
        st.text("None.")
        return
    rows = [{"Source": item.source, "File": item.path, "Why": item.reason} for item in health.status.rejections]
    table(rows, "Files that couldn't be read, with the reason")


def _warned(health: CorpusHealth) -> None:
    if not health.warned:
        return
    st.header("Read with warnings")
    rows = [{"Source": item.source, "File": item.path, "Warnings": "; ".join(item.warnings)} for item in health.warned]
    table(rows, "Files with warnings")


def _sizes(health: CorpusHealth) -> str:
    return ", ".join(f"{name} {size(count)}" for name, count in health.bytes.items() if count)
