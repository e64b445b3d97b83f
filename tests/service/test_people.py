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


MAIL = """
[people."Ada.Lund@example.com"]
groups = ["hr"]
[people."twin@example.com"]
groups = ["hr"]
[people."Twin@example.com"]
groups = ["finance"]
[people.bo]
groups = ["hr"]
[training]
opted_out = ["Shy@example.com"]
[training.authors]
"handbook/*" = ["Writer@Example.com"]
"""


@pytest.mark.parametrize("written", ["Ada.Lund@example.com", "ada.lund@example.com", "ADA.LUND@EXAMPLE.COM"])
def test_an_email_address_is_one_person_however_it_is_written(tmp_path: Path, written: str) -> None:
    assert people(tmp_path, MAIL).asker(written, ["finance"]) == Asker(
        name="Ada.Lund@example.com", groups=frozenset({"hr", "everyone"})
    )


def test_an_address_that_the_settings_do_not_name_is_spelt_small(tmp_path: Path) -> None:
    known = people(tmp_path, MAIL)
    assert known.asker("Eve@Example.com", ["sales"]) == known.asker("eve@example.COM", ["sales"])
    assert known.asker("Eve@Example.com", ["sales"]).name == "eve@example.com"


def test_two_addresses_that_differ_in_case_alone_lend_their_groups_to_nobody(tmp_path: Path) -> None:
    known = people(tmp_path, MAIL)
    assert known.asker("twin@example.com").groups == {"hr", "everyone"}
    assert known.asker("Twin@example.com").groups == {"finance", "everyone"}
    assert known.asker("TWIN@example.com", ["hr", "sales"]).groups == {"everyone"}


def test_the_spelling_of_other_settings_counts_too(tmp_path: Path) -> None:
    known = people(tmp_path, MAIL)
    assert known.asker("shy@example.com").name == "Shy@example.com"
    assert known.asker("writer@example.com").name == "Writer@Example.com"


@pytest.mark.parametrize("other", ["Bo", "BO", "ada.lund@exam\u212aple.com", "\u212aim@example.com"])
def test_only_the_letters_of_addresses_are_alike(tmp_path: Path, other: str) -> None:
    known = people(tmp_path, MAIL + '[people."kim@example.com"]\ngroups = ["hr"]\n')
    assert known.asker(other).groups == {"everyone"}
