"""What is mined from is what people are shown: every leg and the fused order of the deployed search."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

import sample
from hone.progress import Silent
from hone.records import EVERYONE
from hone.settings import read_settings
from hone.workspace import Workspace
from retriever.library.library import Library
from retriever.ranking.fusion import weights_of
from retriever.searching.live import OpenIndex
from retriever.searching.searcher import DEPTH, Question, Searcher, background_of
from retriever.sources.sync import sync
from training.mining.mine import Legs, mine
from training.mining.records import MiningInputs, MiningRules
from training.pairs.passages import read_passages
from training.pairs.texts import DocumentTexts, Text
from training.records import Pair

ROWS = [json.loads(line) for line in sample.QUESTIONS.read_text(encoding="utf-8").splitlines()]
QUESTIONS = [row["question"] for row in ROWS if not row["history"]]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    """The sample company, of which a quarter is for some people only."""
    home = tmp_path_factory.mktemp("company")
    sample.copy_to(home)
    settings = home / "hone.toml"
    settings.write_text('[encoder]\nmodel = "hash"\n' + settings.read_text(encoding="utf-8"), encoding="utf-8")
    workspace = Workspace(read_settings(home))
    sync(workspace, [], Silent(), wait=0)
    searcher = Searcher(workspace)
    yield searcher
    searcher.close()
    workspace.close()


def order_of(company: Searcher, opened: OpenIndex, pairs: list[Pair], **options: Any) -> MiningInputs:
    fields: dict[str, Any] = {"rules": MiningRules(depth=DEPTH)}
    return MiningInputs(
        pairs=pairs,
        passages=read_passages(company.workspace, opened.encoder),
        store=opened.store,
        encoder=opened.encoder,
        weights=weights_of(opened.generation.model.fusion),
        background=background_of(opened),
        **fields | options,
    )


def in_order(names: Sequence[str], ranked: Sequence[tuple[str, float]]) -> bool:
    """Check whether it is the same order; two scores that only rounding sets apart may have changed places."""
    scores = dict(ranked)
    return scores.keys() == set(names) and all(
        name == other or scores[name] == pytest.approx(score, abs=1e-4)
        for name, (other, score) in zip(names, ranked, strict=True)
    )


def test_every_list_is_the_deployed_searchs(company: Searcher) -> None:
    with company.live.current() as opened:
        order = order_of(company, opened, [])
        legs = Legs(order)
        found = legs.search(QUESTIONS, legs.cosines(opened.encoder.encode_queries(QUESTIONS)))
    results = company.search_all([Question(text=text, hits=1) for text in QUESTIONS])
    ids = order.passages.ids
    for hits, result in zip(found, results, strict=True):
        assert hits.keys() == result.stages.keys()
        for stage, rows in hits.items():
            assert in_order([ids[row] for row in rows], result.stages[stage]), (stage, result.query)
    assert len(found) > 50
    assert sum(hits["fused"] != hits["dense"] for hits in found) > 50


def test_nothing_that_only_some_may_read_is_mined(company: Searcher) -> None:
    library = Library(company.workspace.database)
    shelves = DocumentTexts(library)
    golds = [(row["question"], gold["document"]) for row in ROWS for gold in row["gold"]]
    pairs = [_pair(question, shelves.choose(question, document)) for question, document in golds]
    with company.live.current() as opened:
        order = order_of(company, opened, pairs, groups=frozenset({EVERYONE, "hr", "finance", "eng-leads"}))
        mined = mine(order, Silent())
    names = {order.passages.ids[row] for rows in mined.negatives for row in rows}
    readers = library.readers(sorted(names))
    assert all(EVERYONE in readers[name] for name in names)
    assert any(pair.restricted for pair in pairs)
    assert mined.report.full > len(pairs) / 2


def _pair(question: str, text: Text | None) -> Pair:
    assert text is not None
    return Pair(
        query=question,
        passage=text.passage,
        document=text.document,
        text=text.text,
        grade=3,
        weight=1.0,
        source="file",
        grounds=(),
        restricted=text.restricted,
    )
