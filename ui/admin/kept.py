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


def health(service: Service, asker: Asker) -> CorpusHealth:
    """Count documents and sources as this person may see them."""
    return _health(service, service.workspace.home, asker)


def gaps(service: Service) -> Gaps:
    """Group the questions that got no good answer."""
    names = service.people.settings().serve.names
    return _gaps(service, service.workspace.home, names=names)


def paces(service: Service) -> AllTimes:
    """Measure how long searches and answers took lately."""
    return _paces(service, service.workspace.home)


def troubles(service: Service) -> Troubles:
    """Count what failed lately."""
    return _troubles(service, service.workspace.home)


# An argument with a leading underscore is no part of the key: the workspace's folder stands for the service.


@st.cache_data(ttl=FRESH, show_spinner="Counting documents …")
def _health(_service: Service, home: Path, asker: Asker) -> CorpusHealth:  # noqa: ARG001  # the key
    return health_of(_service.workspace, asker)


@st.cache_data(ttl=FRESH, show_spinner="Grouping questions …")
def _gaps(_service: Service, home: Path, *, names: bool) -> Gaps:  # noqa: ARG001  # the key
    return gaps_of(_service.workspace, _service.searcher, _vectors(), names=names)


@st.cache_data(ttl=FRESH, show_spinner="Measuring …")
def _paces(_service: Service, home: Path) -> AllTimes:  # noqa: ARG001  # the key
    return paces_since(_service.workspace.log_database, datetime.now(UTC) - LATELY)


@st.cache_data(ttl=FRESH, show_spinner="Counting …")
def _troubles(_service: Service, home: Path) -> Troubles:  # noqa: ARG001  # the key
    return troubles_since(_service.workspace.log_database, datetime.now(UTC) - LATELY)


@st.cache_resource
def _vectors() -> QuestionVectors:
    return QuestionVectors()
