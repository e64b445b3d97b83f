"""Tokens for programs."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hone.errors import UnknownAskerError, UsageError
from hone.workspace import Workspace
from service.tokens import USED_EVERY, Tokens


@pytest.fixture
def tokens(make_workspace: Callable[..., Workspace]) -> Tokens:
    return Tokens(make_workspace().database)


def test_a_token_stands_for_its_person(tokens: Tokens) -> None:
    token, text = tokens.create("ana", "cron")
    assert tokens.person(text) == "ana"
    assert [(known.id, known.name) for known in tokens.tokens()] == [(token.id, "cron")]


def test_only_the_hash_is_kept(tokens: Tokens, tmp_path: Path) -> None:
    _, text = tokens.create("ana")
    kept = b"".join(file.read_bytes() for file in (tmp_path / "home").glob("library.db*"))
    assert b"ana" in kept
    assert text.encode() not in kept
    assert text.removeprefix("hone_").encode() not in kept


def test_a_revoked_token_is_nobodys(tokens: Tokens) -> None:
    token, text = tokens.create("ana")
    assert tokens.revoke(token.id).person == "ana"
    with pytest.raises(UnknownAskerError):
        tokens.person(text)
    with pytest.raises(UsageError, match=token.id):
        tokens.revoke(token.id)


@pytest.mark.parametrize("text", ["", "hone_", "hone_" + "x" * 43, "' OR 1=1 --"])
def test_an_unknown_token_is_nobodys(tokens: Tokens, text: str) -> None:
    tokens.create("ana")
    with pytest.raises(UnknownAskerError):
        tokens.person(text)


def test_a_token_that_is_too_old_is_nobodys(tokens: Tokens) -> None:
    _, old = tokens.create("ana", days=-0.001)
    _, good = tokens.create("bo", days=1)
    with pytest.raises(UnknownAskerError):
        tokens.person(old)
    assert tokens.person(good) == "bo"


def test_it_is_noted_when_a_token_was_used_but_not_at_every_use(
    tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, text = tokens.create("ana")
    assert tokens.tokens()[0].used is None
    began = time.time()
    for later in (0.0, USED_EVERY / 2, USED_EVERY + 1):
        monkeypatch.setattr(time, "time", lambda later=later: began + later)
        tokens.person(text)
        noted = began if later < USED_EVERY else began + later
        assert tokens.tokens()[0].used == noted
