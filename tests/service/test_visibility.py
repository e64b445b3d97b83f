"""What is told again of an earlier answer depends on who may still read what it rests on."""

from dataclasses import replace

import pytest

from hone.log.asks import LoggedAsk
from hone.records import Asker
from service.service import Service
from service.visibility import shown_of
from tests.agents.workplace import ANA, BO, SECRET

CONFLICT = {"older": 1, "newer": 2, "about": "severance"}


@pytest.fixture
def ask(service: Service) -> LoggedAsk:
    """An answer that names two passages as disagreeing, and cites neither in a claim; one is closed to Ana."""
    run = service.ask("What is the Zanzibar severance budget?", BO)
    list(run.tail())
    assert run.answer is not None
    logged = service.conversations.ask(run.answer.ask_id, BO)
    closed = next(claim["citations"][0]["passage"] for claim in logged.claims if SECRET in claim["text"])
    assert closed == logged.evidence[0]
    return replace(logged, text=f"{SECRET} disagrees.", body="", claims=(), conflicts=(CONFLICT,), missing=("when",))


@pytest.mark.parametrize(("asker", "hidden"), [(BO, False), (ANA, True)])
def test_a_conflict_that_no_claim_cites_is_told_to_those_alone_who_may_read_it(
    service: Service, ask: LoggedAsk, asker: Asker, hidden: bool
) -> None:
    shown = shown_of(ask, service.library, asker)
    assert shown.hidden == hidden
    assert (SECRET in shown.text) == (SECRET in shown.body) == (not hidden)
    assert (shown.conflicts, shown.missing) == (((), ()) if hidden else ((CONFLICT,), ("when",)))
