from pathlib import Path

import pytest

from hone.errors import HoneError, UsageError, masked
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
    with pytest.raises(UsageError, match="handbook"):
        read_settings(tmp_path)


def test_people_have_their_groups_and_everyone(tmp_path: Path) -> None:
    (tmp_path / "hone.toml").write_text(TOML)
    settings = read_settings(tmp_path)
    assert asker_of(settings, "nadia").groups == {"support", "everyone"}
    assert asker_of(settings, None).groups == {"everyone"}
    with pytest.raises(UsageError, match="no person 'mallory'"):
        asker_of(settings, "mallory")


def problems(home: Path, toml: str) -> str:
    (home / "hone.toml").write_text(toml)
    with pytest.raises(UsageError) as caught:
        read_settings(home)
    return str(caught.value)


@pytest.mark.parametrize(
    ("toml", "near"),
    [
        ('[llm]\napi_kye = "hush-hush"', "llm.api_key"),
        ('[identity.oidc]\nclient_secrets = "hush-hush"', "identity.oidc.client_secret"),
        ('[serach]\nkey = "hush-hush"', "search"),
        ('[people.ada]\ngroup = ["hush-hush"]', "people.*.groups"),
        ('[zebra]\nkey = "hush-hush"', ""),
        ('[llm]\napi_key = ["hush-hush"]', "llm.api_key"),
        ('llm = "hush-hush"', "llm"),
        ('[[sources]]\nname = "docs"\nkey = "hush-hush"', "sources.0.path"),
    ],
)
def test_a_value_that_may_be_a_secret_is_not_repeated(tmp_path: Path, toml: str, near: str) -> None:
    told = problems(tmp_path, toml)
    assert "hush-hush" not in told
    assert near in told


def test_a_value_of_a_setting_that_is_no_secret_is_repeated(tmp_path: Path) -> None:
    assert "'faiss'" in problems(tmp_path, '[store]\nengine = "faiss"')


@pytest.mark.parametrize("userinfo", ["ada:hush-hush", "hush-hush", "ada:hush@hush-hush"])
def test_a_password_in_an_address_is_hidden(tmp_path: Path, userinfo: str) -> None:
    address = f"https://{userinfo}@llm.example/v1"
    (tmp_path / "hone.toml").write_text(f'[llm]\nbase_url = "{address}"\n')
    settings = read_settings(tmp_path)
    assert settings.llm.base_url == address
    values = {row.name: row.value for row in effective(settings)}
    assert values["llm.base_url"] == "https://***@llm.example/v1"
    assert masked(f"none at {address}?mail=a@b or 'https://other.example/@x'") == (
        "none at https://***@llm.example/v1?mail=a@b or 'https://other.example/@x'"
    )
    error = HoneError(f"{address} is down.", hint=f"Look at {address}.")
    assert "hush" not in f"{error} {error!r} {error.message} {error.hint} {error.args}"


def test_what_can_not_be_read_is_told_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hone.toml").write_bytes(b'home = "\xff"')
    with pytest.raises(UsageError, match="UTF-8"):
        read_settings(tmp_path)
    (tmp_path / "hone.toml").unlink()
    monkeypatch.setenv("HONE_LLM", '{"api_key": "hush-hush"')
    with pytest.raises(UsageError, match="HONE_LLM") as caught:
        read_settings(tmp_path)
    assert "hush-hush" not in str(caught.value)
