"""What every test may use: small workspaces with an encoder that needs no model."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

from cli.main import main
from hone import database
from hone.progress import Silent
from hone.settings import read_settings
from hone.workspace import Workspace
from retriever.indexing.build import build
from retriever.indexing.worker import build_apart
from retriever.sources.sync import sync
from sample import copy_to
from tests.cli.planted import Retrained, plant_all, retrain_planted, the_same_everywhere
from tests.commands import Run, Said
from tests.copying import copied
from tests.schemas import Schemas
from tests.training.promotions import open_shop

MEMORY, ENOUGH = Path("/dev/shm"), 8 << 30
# The engine puts each index on the disk, file by file: a quarter of the time that tests of `hone documents` take. They
# work in memory where there is plenty, and what they leave there when one fails goes with the next run.
if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ENOUGH:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
if "PYTEST_XDIST_WORKER" in os.environ:  # one for each core; with two threads each they would wait for one another
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when torch is loaded

# A busy machine fails nothing, and a run draws what the last one drew: to draw anew, `--hypothesis-profile new`.
hypothesis.settings.register_profile("hone", deadline=None, derandomize=True)
hypothesis.settings.register_profile("new", deadline=None)
hypothesis.settings.load_profile("hone")

BUILD_APART = "retriever.indexing.generations.build_apart"
MakeWorkspace = Callable[..., Workspace]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-golden", action="store_true", help="write the golden files anew: say why in the commit")


@pytest.fixture(autouse=True)
def same_main() -> Iterator[None]:
    """Put `__main__` back: AppTest leaves a page's script there, and every process spawned later would run it."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture
def make_workspace(tmp_path: Path) -> Iterator[MakeWorkspace]:
    """Make a workspace from the text of its hone.toml; the encoder is the hash encoder unless it says otherwise."""
    made: list[Workspace] = []

    def make(toml: str = "", name: str = "home") -> Workspace:
        home = tmp_path / name
        home.mkdir(exist_ok=True)
        encoder = "" if "[encoder]" in toml else '\n[encoder]\nmodel = "hash"\n'
        (home / "hone.toml").write_text(toml + encoder, encoding="utf-8")
        made.append(Workspace(read_settings(home)))
        return made[-1]

    yield make
    for workspace in made:
        workspace.close()


@pytest.fixture(scope="session", autouse=True)
def quick_workspaces(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Build indexes in this process, and copy fresh databases: processes and migrations would be most of the time.

    What commands do in processes of their own is as it always is.
    """
    schemas = Schemas(folder=tmp_path_factory.mktemp("schemas"), migrate=database._migrate)  # pyright: ignore[reportPrivateUsage]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BUILD_APART, build)
        patch.setattr(database, "_migrate", schemas.lay)
        yield


@pytest.fixture
def built_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Build indexes in a process for each, as it is outside of tests."""
    monkeypatch.setattr(BUILD_APART, build_apart)


@pytest.fixture
def hone_at(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the entry point in this process on a home; named values are variables of the environment."""

    def run(home: Path, *arguments: str | Path, **variables: str) -> Said:
        capsys.readouterr()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["hone", "--home", str(home), *map(str, arguments)])
            for name, value in variables.items():
                patch.setenv(name, value)
            try:
                main()
                code = 0
            except SystemExit as end:
                code = int(end.code or 0)
        said = capsys.readouterr()
        return Said(code=code, out=said.out, err=said.err)

    return run


@pytest.fixture(scope="session")
def shop_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with five documents live, made once."""
    home = tmp_path_factory.mktemp("shop") / "home"
    open_shop(home).close()
    return home


@pytest.fixture
def shop(shop_folder: Path, tmp_path: Path) -> Iterator[Workspace]:
    """Open a copy of the shop."""
    workspace = Workspace(read_settings(copied(shop_folder, tmp_path / "home")))
    yield workspace
    workspace.close()


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample company with the hash encoder, read and indexed once; to write to, open a copy."""
    home = tmp_path_factory.mktemp("sample") / "home"
    copy_to(home)
    with (home / "hone.toml").open("a", encoding="utf-8") as file:
        file.write('[encoder]\nmodel = "hash"\n')
    workspace = Workspace(read_settings(home))
    sync(workspace, [], Silent(), wait=0)
    workspace.close()
    return home


@pytest.fixture(scope="session")
def sample_company(sample_folder: Path) -> Iterator[Workspace]:
    """The sample company, to read from; nothing is logged."""
    workspace = Workspace(read_settings(sample_folder))
    yield workspace
    workspace.close()


@pytest.fixture(scope="session")
def planted_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The planted log's workspace in `home`, with `pairs.jsonl` and `canary` beside it: see tests/cli/planted.py."""
    folder = tmp_path_factory.mktemp("planted")
    with the_same_everywhere():
        plant_all(folder)
    return folder


@pytest.fixture(scope="session")
def retrained(planted_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Retrained:
    """What `hone models retrain` made of the planted log; to write to, copy its folder."""
    folder = copied(planted_folder, tmp_path_factory.mktemp("retrained"))
    with the_same_everywhere():
        return retrain_planted(folder)
