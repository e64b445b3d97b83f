"""Who asks, by the settings as they are now."""

from pathlib import Path

import pytest

from hone.errors import UsageError
from hone.records import Asker
from service.people import People, is_admin

IDENTITY = """
[people.ana]
name = "Ana Ruiz"
groups = ["hr"]
[identity.groups]
"it-staff" = "admin"
"people-team" = "hr"
"""


def people(home: Path, toml: str = IDENTITY) -> People:
    (home / "hone.toml").write_text(toml, encoding="utf-8")
    return People(home)


def test_a_group_that_is_taken_away_is_gone_with_the_next_request(tmp_path: Path) -> None:
    known = people(tmp_path)
    assert known.asker("ana").groups == {"hr", "everyone"}
    (tmp_path / "hone.toml").write_text('[people.ana]\ngroups = ["finance", "it"]\n', encoding="utf-8")
    assert known.asker("ana").groups == {"finance", "it", "everyone"}


@pytest.mark.parametrize("broken", ["[people.ana\ngroups", "nonsense = 1\n", ""])
def test_a_file_that_is_being_mended_counts_as_it_was(tmp_path: Path, broken: str) -> None:
    known = people(tmp_path)
    before = known.asker("ana", ["finance"])
    (tmp_path / "hone.toml").write_text(broken, encoding="utf-8")
    assert known.asker("ana", ["finance"]) == before  # and what somebody claims does not take the settings' place
    (tmp_path / "hone.toml").write_text('[people.ana]\ngroups = ["mended"]\n', encoding="utf-8")
    assert known.asker("ana").groups == {"mended", "everyone"}


def test_a_file_that_is_gone_for_a_moment_counts_as_it_was(tmp_path: Path) -> None:
    known = people(tmp_path)
    known.asker("ana")
    (tmp_path / "hone.toml").unlink()
    assert known.asker("ana", ["finance"]).groups == {"hr", "everyone"}


def test_a_file_that_was_never_good_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="TOML"):
        people(tmp_path, "[people").settings()


def test_admin_is_given_by_the_table_alone(tmp_path: Path) -> None:
    known = people(tmp_path)
    assert not is_admin(known.asker("eve", ["admin"]))
    assert is_admin(known.asker("eve", ["it-staff"]))


def test_claimed_groups_are_renamed_or_taken_as_they_are(tmp_path: Path) -> None:
    assert people(tmp_path).asker("eve", ["people-team", "sales"]) == Asker(
        name="eve", groups=frozenset({"hr", "sales"})
    )


def test_who_stands_in_the_settings_has_no_groups_by_claim(tmp_path: Path) -> None:
    assert people(tmp_path).asker("ana", ["it-staff", "finance"]).groups == {"hr", "everyone"}


def test_everybody_is_listed_with_a_name_to_show(tmp_path: Path) -> None:
    known = people(tmp_path, IDENTITY + "[people.bo]\n")
    assert [(person.id, person.name) for person in known.everybody()] == [("ana", "Ana Ruiz"), ("bo", "bo")]
    assert known.everybody()[1].groups == {"everyone"}
