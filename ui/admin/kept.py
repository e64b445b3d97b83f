"""The admin page's figures, computed at most once a minute, however many people open it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import streamlit as st

from hone.records import Asker
from service.overview.answering import AllTimes, Troubles, paces_since, troubles_since
from service.overview.corpus import CorpusHealth, health_of
from service.overview.gaps import Gaps, QuestionVectors, gaps_of
from service.service import Service

FRESH = 60.0  # seconds
LATELY = timedelta(days=7)


# An argument with a leading underscore is no part of the key: the workspace's folder stands for the service.


@st.cache_data(ttl=FRESH, show_spinner="Counting documents …")
def health(_service: Service, home: Path, asker: Asker) -> CorpusHealth:  # noqa: ARG001  # the key
    """Count documents and sources as this person may see them."""
    return health_of(_service.workspace, asker)


@st.cache_data(ttl=FRESH, show_spinner="Grouping questions …")
def gaps(_service: Service, home: Path, *, names: bool) -> Gaps:  # noqa: ARG001  # the key
    """Group the questions that got no good answer."""
    return gaps_of(_service.workspace, _service.searcher, _vectors(), names=names)


@st.cache_data(ttl=FRESH, show_spinner="Measuring …")
def paces(_service: Service, home: Path) -> AllTimes:  # noqa: ARG001  # the key
    """Measure how long searches and answers took lately."""
    return paces_since(_service.workspace.log_database, datetime.now(UTC) - LATELY)


@st.cache_data(ttl=FRESH, show_spinner="Counting …")
def troubles(_service: Service, home: Path) -> Troubles:  # noqa: ARG001  # the key
    """Count what failed lately."""
    return troubles_since(_service.workspace.log_database, datetime.now(UTC) - LATELY)


@st.cache_resource
def _vectors() -> QuestionVectors:
    return QuestionVectors()
