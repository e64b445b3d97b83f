"""`hone tokens`: shown once, kept as a hash, revoked for good."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hone.errors import UnknownAskerError
from hone.settings import read_settings
from hone.workspace import Workspace
from service.tokens import Tokens

Hone = Callable[..., Any]


@pytest.fixture
def tokens(hone: Hone, home: Path) -> Tokens:
    """The tokens of a workspace that is in use."""
    workspace = Workspace(read_settings(home))
    tokens = Tokens(workspace.database)
    tokens.tokens()  # makes the workspace
    return tokens


def test_a_token_stands_for_its_person_until_it_is_revoked(hone: Hone, home: Path, tokens: Tokens) -> None:
    made = hone("tokens", "create", "ana", "--name", "laptop")
    text = made.out.strip()
    assert (made.code, text.startswith("hone_"), len(made.out.splitlines())) == (0, True, 1)
    assert tokens.person(text) == "ana"
    assert "works as ana" in made.err
    kept = b"".join(path.read_bytes() for path in home.glob("library.db*"))
    assert text.encode() not in kept

    listed = hone("tokens", "list").out
    assert "ana" in listed
    assert "laptop" in listed
    assert text not in listed

    (only,) = hone("tokens", "list", "--json").json
    assert hone("tokens", "revoke", only["id"]).code == 0
    with pytest.raises(UnknownAskerError):
        tokens.person(text)
    again = hone("tokens", "revoke", only["id"])
    assert (again.code, only["id"] in again.err) == (2, True)


def test_a_token_ends_after_its_days(hone: Hone, tokens: Tokens) -> None:
    hone("tokens", "create", "ana", "--days", "0.5")
    (only,) = hone("tokens", "list", "--json").json
    assert only["expires"] - only["created"] == pytest.approx(43_200)


def test_somebody_unknown_is_pointed_out_and_nobody_refused(hone: Hone, tokens: Tokens) -> None:
    unknown = hone("tokens", "create", "zoe")
    assert unknown.code == 0
    assert "zoe isn't in" in unknown.err
    nobody = hone("tokens", "create", " ")
    assert (nobody.code, "empty" in nobody.err) == (2, True)
    assert hone("tokens", "list").out.count("zoe") == 1


def test_without_tokens_the_list_tells_how_to_make_one(hone: Hone, tokens: Tokens) -> None:
    assert "hone tokens create PERSON" in hone("tokens", "list").out
