"""The library in figures, as far as somebody may know of it."""

from hone.progress import Silent
from hone.records import Asker
from hone.workspace import Workspace
from retriever.sources.sync import sync
from service.overview.corpus import health_of, status_of
from tests.service.conftest import Company

ADMIN = Asker(name="root", groups=frozenset({"admin"}))
HR_ADMIN = Asker(name="chief", groups=frozenset({"admin", "hr"}))


def with_damage(company: Company) -> Workspace:
    workspace = company()
    for place in ("wiki/parking.pdf", "hr/layoffs-2027.pdf"):
        (workspace.home.parent / place).write_bytes(b"%PDF-1.4 nonsense")
    sync(workspace, [], Silent(), wait=0)
    return workspace


def test_each_source_has_its_figures(company: Company) -> None:
    status = status_of(company())
    assert [(source.name, source.documents, source.groups) for source in status.sources] == [
        ("hr", 1, ("hr",)),
        ("wiki", 6, ("everyone",)),
    ]
    assert all(source.synced for source in status.sources)
    assert not status.behind
    assert status.live is not None
    assert status.live.passages == 7


def test_files_are_named_only_to_those_who_may_read_their_source(company: Company) -> None:
    workspace = with_damage(company)
    mine, theirs = health_of(workspace, ADMIN), health_of(workspace, HR_ADMIN)
    assert [item.path for item in mine.status.rejections] == ["parking.pdf"]
    assert mine.hidden == {"hr": 1}
    assert "layoffs" not in repr(mine)
    assert {item.path for item in theirs.status.rejections} == {"parking.pdf", "layoffs-2027.pdf"}
    assert theirs.hidden == {}


def test_files_of_a_closed_folder_are_named_only_to_its_readers(company: Company) -> None:
    workspace = with_damage(company)
    with workspace.database.write() as connection:
        connection.exec_driver_sql(
            """UPDATE rejections SET groups = '["hr"]', cause = 'unsupported' WHERE source = 'wiki'"""
        )
    assert health_of(workspace, ADMIN).status.skipped == ()
    assert [item.path for item in health_of(workspace, HR_ADMIN).status.skipped] == ["parking.pdf"]


def test_warnings_and_sizes_are_told(company: Company) -> None:
    workspace = company()
    with workspace.database.write() as connection:
        connection.exec_driver_sql("UPDATE documents SET warnings = '[\"no date\"]' WHERE path = 'vpn.md'")
    health = health_of(workspace, ADMIN)
    assert [(item.source, item.path, item.warnings) for item in health.warned] == [("wiki", "vpn.md", ("no date",))]
    assert (health.documents, health.passages) == (7, 7)
    assert health.bytes["library"] > 0
    assert health.bytes["index"] > 0
    assert health.bytes["models"] == 0


def test_an_index_that_has_not_heard_of_everything_is_behind(company: Company) -> None:
    workspace = company()
    with workspace.database.write() as connection:
        connection.exec_driver_sql("UPDATE library SET revision = revision + 1")
    assert status_of(workspace).behind
