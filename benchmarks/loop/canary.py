"""Questions of no company: what a model may not forget for the sake of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.loop.homes import PATIENCE, open_home, prepare
from benchmarks.loop.measuring import Gain, Held, compare, measure
from eval.data.beir import read_beir
from eval.records import EvalQuestion
from hone.progress import Progress
from hone.registry import Generation, Model
from hone.workspace import Workspace
from retriever.encoding import open_encoder
from retriever.indexing.beside import build_beside
from retriever.indexing.encoders import Encoders

FOLDER = "multihop"
SPLITS = ("hotpotqa", "2wiki")


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """A library of encyclopaedia paragraphs, with what the packaged model makes of its questions."""

    home: Path
    questions: Mapping[str, tuple[EvalQuestion, ...]]
    before: Mapping[str, Held]

    def held_against(self, workspace: Workspace, model: Model, progress: Progress) -> Mapping[str, Gain]:
        """Index it with a model of another workspace, fusion weights and all, and compare by set."""
        canary = open_home(self.home)
        try:
            place = Encoders(workspace).place(model.location)
            card = open_encoder(place, truncate_dim=model.card.truncate_dim).card
            name = f"{workspace.home.name}-{model.id.partition('@')[0]}"
            own = canary.registry.register_model(name, place, card, model.fusion)
            generation = build_beside(canary, own, progress, wait=PATIENCE)
            after = _measure(canary, generation, self.questions)
        finally:
            canary.close()
        return {name: compare(self.before[name], after[name]) for name in self.questions}


def open_canary(homes: Path, data: Path, progress: Progress) -> Canary:
    """Build the canary if it is not there, and measure the packaged model on it."""
    home = prepare(homes, data, FOLDER, progress)
    questions = {name: read_beir(data / FOLDER, split=name).questions for name in SPLITS}
    workspace = open_home(home)
    try:
        live = workspace.registry.live()
        assert live is not None
        return Canary(home=home, questions=questions, before=_measure(workspace, live, questions))
    finally:
        workspace.close()


def lost(gains: Mapping[str, Gain]) -> float:
    """Return the most that any set has lost of R@10; below zero, all have won."""
    return max(-gain.recall.mean for gain in gains.values())


def _measure(
    workspace: Workspace, generation: Generation, questions: Mapping[str, tuple[EvalQuestion, ...]]
) -> Mapping[str, Held]:
    return {name: measure(workspace, generation, asked) for name, asked in questions.items()}
