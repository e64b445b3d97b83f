"""What people asked without getting a good answer, by topic: what is missing from the documents."""

from collections.abc import Mapping, Sequence

import streamlit as st

from hone.records import Asker
from service.overview.gaps import NEWEST, Miss, Topic
from service.service import Service
from ui.admin import kept
from ui.admin.words import ago, counted, share
from ui.parts.components import figure, table
from ui.safe import plain, short

LONGEST = 200  # characters of a question that stands for its topic
SHOWN = 12  # topics with a card of their own; the others are in a table
MISSES: Mapping[Miss, tuple[str, str]] = {  # what went wrong: in words, and in which colour
    "no_answer": ("no answer", "red"),
    "nothing_found": ("nothing found", "red"),
    "thumb_down": ("thumbs down", "red"),
    "partial": ("partly answered", "orange"),
    "conflicting": ("sources disagree", "orange"),
    "reworded": ("rephrased", "orange"),
    "left": ("nothing opened", "gray"),
}


def content_gaps(service: Service, _: Asker) -> None:
    """Show topics, the one that most people missed first."""
    gaps = kept.gaps(service, service.workspace.home, names=service.people.settings().serve.names)
    with st.grid(4, min_column_width=150):
        figure("Questions", f"{gaps.asked:,}", "in 4 weeks")
        figure(
            "No good answer",
            f"{gaps.missed:,}",
            f"{share(gaps.missed, gaps.asked)} of all",
            explained="Unanswered or partly answered, nothing found, a thumb down, or rephrased soon after.",
        )
        figure(
            "Nothing opened",
            f"{gaps.left:,}",
            f"{share(gaps.left, gaps.asked)} of all",
            explained="Searches where nobody opened a result. Maybe none was right, or the list already said it all.",
        )
        figure("People", f"{gaps.people:,}", "asked them")
    st.caption(
        "You see questions in people's own words. Names appear only if `serve.names` allows it; "
        "for topics that only one person asked about, even the time is hidden."
    )
    if gaps.asked >= NEWEST:
        st.caption(f"These figures cover the newest {NEWEST:,} answers and searches.")
    if not gaps.topics:
        st.success("No unanswered questions in the last four weeks.", icon=":material/check_circle:")
        return
    for topic in gaps.topics[:SHOWN]:
        _card(topic)
    if rest := gaps.topics[SHOWN:]:
        with st.expander(counted(len(rest), "more topic")):
            _table(rest)


def _card(topic: Topic) -> None:
    with st.container(border=True):
        st.markdown(f"**{plain(short(topic.label, LONGEST))}**")
        facts = [counted(topic.asked, "question"), counted(topic.people, "person", "people")]
        if topic.last is not None:
            facts.append(f"last {ago(topic.last)}")
        if topic.weeks:
            facts.append("by week " + ", ".join(f"{count:,}" for count in topic.weeks))
        st.caption(" · ".join(facts))
        with st.container(horizontal=True, gap="small"):
            for miss, (words, colour) in MISSES.items():
                if count := topic.misses.get(miss):
                    st.badge(f"{count:,} × {words}", color=colour)  # pyright: ignore[reportArgumentType]  # one of the table above
            if trend := _trend(topic.weeks):
                st.badge(trend, icon=f":material/trending_{'up' if trend == 'rising' else 'down'}:", color="blue")
        if topic.names:
            st.caption(f"Asked by {plain(', '.join(topic.names))}")
        if len(topic.questions) > 1:
            with st.expander(f"All {len(topic.questions)} wordings"):
                for wording, count in topic.questions:
                    st.markdown(f"- {plain(wording)}" + (f" ({count} times)" if count > 1 else ""))


def _table(topics: Sequence[Topic]) -> None:
    rows = [
        {
            "Topic": topic.label,
            "Questions": topic.asked,
            "People": topic.people,
            "What went wrong": ", ".join(f"{count} {MISSES[miss][0]}" for miss, count in topic.misses.items()),
        }
        for topic in topics
    ]
    table(rows, "Further topics without a good answer")


def _trend(weeks: Sequence[int]) -> str:
    """Compare the later half with the earlier; a few questions more or less are no trend."""
    half = len(weeks) // 2
    before, after = sum(weeks[:half]), sum(weeks[half:])
    if before + after < 4 or max(before, after) < 2 * min(before, after):
        return ""
    return "rising" if after > before else "falling"
