"""Questions from outside the workspace's domain: what a candidate may not forget for its sake.

The sample company, or a BEIR folder, is read once into a workspace of its own below the home and kept there.
"""

import hashlib
import shutil
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from eval.data.questions import read_questions
from eval.records import EvalQuestion, GoldFinder, KnownGold
from hone.progress import Progress
from hone.registry import Generation
from hone.settings import EncoderSettings, LlmSettings, Settings, SourceSettings, StoreSettings, read_settings
from hone.workspace import Workspace
from retriever.library.library import Library
from retriever.sources.sync import sync
from sample import FOLDER as SAMPLE
from sample import QUESTIONS

FOLDER = "canary"
WAIT = 600.0  # seconds for another gate that reads the same canary
MOST = 1000  # questions; more would only narrow an interval that is narrow enough


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """A small library with questions about it."""

    name: str
    workspace: Workspace
    generation: Generation  # of the packaged encoder; what its words find serves every model
    questions: tuple[tuple[EvalQuestion, KnownGold], ...]

    @property
    def development(self) -> tuple[tuple[EvalQuestion, KnownGold], ...]:
        """Return the half that a training may look at, the same in every run.

        The gate asks both halves: with one alone it refused a head for a loss that the other did not bear out.
        """
        return tuple(pair for pair in self.questions if hashlib.sha256(pair[0].id.encode()).digest()[0] % 2 == 0)


@contextmanager
def opened_canary(settings: Settings, given: Path | None, progress: Progress) -> Generator[Canary]:
    """Open the canary of a workspace; the first time it is read and indexed."""
    hidden = _settings(settings, given)
    workspace = Workspace(hidden)
    try:
        live = workspace.registry.live() if workspace.home.is_dir() else None
        if live is None:
            workspace.home.mkdir(parents=True, exist_ok=True)
            live = sync(workspace, [], progress, wait=WAIT, what="the canary of the gate").generation
            _drop_older(workspace.home)
        assert live is not None
        asked = read_questions(workspace, QUESTIONS if given is None else given)
        yield Canary(
            name="sample company" if given is None else asked.name,
            workspace=workspace,
            generation=live,
            questions=_answerable(asked.questions, GoldFinder(Library(workspace.database))),
        )
    finally:
        workspace.close()


def _settings(settings: Settings, given: Path | None) -> Settings:
    """Make the settings of the hidden workspace: nothing of the outer one's but its device and how it reads."""
    company = read_settings(SAMPLE)
    sources = (
        tuple(item.model_copy(update={"path": str(SAMPLE / item.path)}) for item in company.sources)
        if given is None
        else (
            SourceSettings(name="canary", path=str((given / "corpus.jsonl").resolve()), groups=frozenset({"everyone"})),
        )
    )
    return settings.model_copy(
        update={
            "home": settings.home / FOLDER / _name(given),
            "sources": sources,
            "people": company.people,
            "encoder": EncoderSettings(device=settings.encoder.device),
            "store": StoreSettings(),
            "llm": LlmSettings(),
            "judge": LlmSettings(),
        }
    )


def _name(given: Path | None) -> str:
    """Name the canary by what is in it: another release may read or cut otherwise."""
    files = [QUESTIONS, SAMPLE / "hone.toml"] if given is None else [given / "corpus.jsonl"]
    total = hashlib.sha256(version("hone").encode())
    for file in files:
        with file.open("rb") as content:
            total.update(hashlib.file_digest(content, "sha256").digest())
    return f"{'sample' if given is None else given.resolve().name}-{total.hexdigest()[:12]}"


def _drop_older(home: Path) -> None:
    """Remove what another release, or another state of the same corpus, has left."""
    kind = home.name.rpartition("-")[0]
    for folder in home.parent.iterdir():
        if folder != home and folder.name.rpartition("-")[0] == kind:
            shutil.rmtree(folder, ignore_errors=True)


def _answerable(questions: Sequence[EvalQuestion], finder: GoldFinder) -> tuple[tuple[EvalQuestion, KnownGold], ...]:
    """Keep what whoever asks it can find, without what was said before: encoders read questions alone."""
    found = ((question, finder.find(question)) for question in questions if not question.history)
    return tuple((question, known) for question, known in found if known.documents and not known.forbidden)[:MOST]
