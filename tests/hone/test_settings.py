from pathlib import Path

import pytest

from hone.errors import UsageError
from hone.settings import asker_of, effective, read_settings

TOML = """
[search]
hits = 5

[people.nadia]
name = "Nadia Haddad"
groups = ["support"]

[[sources]]
name = "handbook"
path = "docs"
groups = ["everyone"]
"""


def test_the_file_is_read_and_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hone.toml").write_text(TOML)
    assert read_settings(tmp_path).search.hits == 5
    monkeypatch.setenv("HONE_SEARCH__HITS", "7")
    assert read_settings(tmp_path).search.hits == 7


def test_every_setting_says_where_it_came_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hone.toml").write_text(TOML)
    monkeypatch.setenv("HONE_SEARCH__PER_DOCUMENT", "3")
    origins = {row.name: (row.value, row.origin) for row in effective(read_settings(tmp_path))}
    assert origins["search.hits"] == ("5", str(tmp_path / "hone.toml"))
    assert origins["search.per_document"] == ("3", "HONE_SEARCH__PER_DOCUMENT")
    assert origins["store.engine"] == ("embedded", "default")


def test_secrets_are_not_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HONE_STORE__API_KEY", "hush-hush")
    assert "hush-hush" not in "".join(row.value for row in effective(read_settings(tmp_path)))


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "hone.toml").write_text('[search]\nhits = 0\n[store]\nengine = "faiss"\n[serach]\nhits = 3\n')
    with pytest.raises(UsageError) as caught:
        read_settings(tmp_path)
    assert all(name in caught.value.message for name in ("search.hits", "store.engine", "serach", "3 settings"))


def test_two_sources_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "hone.toml").write_text(TOML + '[[sources]]\nname = "handbook"\npath = "other"\n')
    with pytest.raises(UsageError, match="two sources are named handbook"):
        read_settings(tmp_path)


def test_people_have_their_groups_and_everyone(tmp_path: Path) -> None:
    (tmp_path / "hone.toml").write_text(TOML)
    settings = read_settings(tmp_path)
    assert asker_of(settings, "nadia").groups == {"support", "everyone"}
    assert asker_of(settings, None).groups == {"everyone"}
    with pytest.raises(UsageError, match="no person 'mallory'"):
        asker_of(settings, "mallory")
