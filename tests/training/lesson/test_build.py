"""Training data from a library of which some documents are for HR alone."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hone.progress import Silent
from hone.settings import read_settings
from hone.workspace import Workspace
from retriever.indexing.generations import rebuild
from retriever.library.librarian import Librarian
from retriever.ranking.fusion import WEIGHTS
from retriever.searching.live import LiveIndex
from retriever.searching.searcher import background_of
from tests.training.gate.office import documents, pairs
from training.lesson.build import BuiltTrainingData, TrainingInputs, build_training_data
from training.lesson.dev_sampling import Serving
from training.mining.records import RULES, MiningRules
from training.pairs.passages import read_passages
from training.pairs.prepare import Prepared
from training.pairs.splits import Splits

HELD = 30  # the pairs from here on are development questions
SECRET = range(3, 36, 4)  # documents that HR alone may read
SECRETS = {f"d{number:02d}.md" for number in SECRET}
ANSWER = 31  # a secret one that a development question names word by word


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    home: Path = tmp_path_factory.mktemp("hr") / "home"
    home.mkdir()
    (home / "hone.toml").write_text('[encoder]\nmodel = "hash"\n', encoding="utf-8")
    workspace = Workspace(read_settings(home))
    made = documents()
    for number in SECRET:
        made[number] = replace(made[number], document=replace(made[number].document, groups=frozenset({"hr"})))
    Librarian(workspace.database).put(made)
    rebuild(workspace, Silent())
    yield workspace
    workspace.close()


def built(workspace: Workspace, mining: MiningRules | None = RULES, *, restricted: bool) -> BuiltTrainingData:
    known = [pair for number, pair in enumerate(pairs()) if restricted or number not in SECRET]
    known = [replace(pair, query=pair.text) if pair.document == f"d{ANSWER}.md" else pair for pair in known]
    prepared = Prepared(
        splits=Splits(train=tuple(known[:HELD]), dev=tuple(known[HELD:])),
        sources={},
        refused=0,
        restricted=frozenset(),
        fingerprint="",
        clusters={},
    )
    live = LiveIndex(workspace)
    with live.current() as opened:
        serving = Serving(encoder=opened.encoder, store=opened.store, background=background_of(opened), weights=WEIGHTS)
        inputs = TrainingInputs(
            prepared=prepared,
            passages=read_passages(workspace, opened.encoder, restricted=restricted),
            judgments=(),
            serving=serving,
            inverse_propensity=lambda _: 1.0,
            mining=mining,
        )
        found = build_training_data(inputs, Silent())
    live.close()
    return found


def test_every_document_whose_text_is_learned_from_is_named(workspace: Workspace) -> None:
    general = built(workspace, None, restricted=True)
    asked = {pair.document for pair in pairs()[:HELD]}
    assert general.restricted == SECRETS - asked, "distilled, since nobody asked about them"
    mined = built(workspace, restricted=True)
    assert mined.restricted > general.restricted, "mined as negatives of others' questions"
    assert mined.restricted <= SECRETS
    assert built(workspace, restricted=False).restricted == frozenset()


def test_words_count_in_what_only_some_may_read_where_that_is_learned_from(workspace: Workspace) -> None:
    dev = built(workspace, restricted=True).data.dev
    row = next(place for place, text in enumerate(dev.questions) if text in pairs()[ANSWER].text)
    column = next(place for place, text in enumerate(dev.passages) if pairs()[ANSWER].text in text)
    assert dev.legs["bm25"][row, column] > 0
