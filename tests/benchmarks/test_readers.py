import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.readers.groups import Readable, read_groups
from benchmarks.readers.measuring import READER, Met, table
from benchmarks.readers.oneway import OneWayReader, read
from benchmarks.readers.tokens import Words
from eval.calibration.fit import COUNTED, FEWEST

MATCHED, ASKS = 0, 3


def _met(right: int, matched: tuple[float, float], reader: tuple[float, float], answerable: bool = True) -> Met:
    blocks = np.zeros((2, 5))
    blocks[:, MATCHED], blocks[:, -1] = matched, reader
    return Met(
        answerable=answerable,
        blocks=blocks,
        right=np.array([answerable and right == 0, answerable and right == 1]),
        signals={**dict.fromkeys(COUNTED, matched[0]), READER: max(reader)},
    )


def _world(reads: bool) -> list[Met]:
    """Questions that what is compared tells nothing of; the reader knows them all, or none."""
    sign = 1.0 if reads else -1.0
    found = list[Met]()
    for at in range(4 * FEWEST):
        luck = (0.4, 0.6) if at % 3 == 0 else (0.6, 0.4)
        right = at % 2
        scores = (sign, -sign) if right == 0 else (-sign, sign)
        answerable = at % 4 != 3
        found.append(_met(right, luck, scores if answerable else (-2 * sign, -2 * sign), answerable))
    return found


def test_a_reader_that_knows_every_world_is_told_so_on_the_one_left_out() -> None:
    figures = table({"a": _world(reads=True), "b": _world(reads=True)})
    count = 3 * FEWEST
    assert figures["a: with the reader"] == f"1.000 of {count}"
    assert float(str(figures["a: right block first"]).split()[0]) < 0.8
    assert figures["b: AUROC with the reader"] == 1.0
    assert figures["a: AUROC of the reader alone"] == 1.0


def test_what_was_fitted_on_another_world_misleads_where_the_reader_knows_the_opposite() -> None:
    figures = table({"a": _world(reads=True), "b": _world(reads=False)})
    assert str(figures["b: with the reader"]).startswith("0.000")
    assert figures["b: AUROC of the reader alone"] == 0.0


def test_a_world_alone_has_nothing_to_be_fitted_on() -> None:
    assert table({"a": _world(reads=True)}) == {}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Write every source with one question, what answers it, and two passages that share words with it."""
    for folder, split in (
        ("covid-qa", "train"),
        ("policyqa", "dev"),
        ("multihop", "2wiki"),
        ("multihop", "hotpotqa"),
        ("medquad", "train"),
        ("cosqa", "dev"),
    ):
        place = tmp_path / folder / "qrels"
        place.mkdir(parents=True, exist_ok=True)
        texts = ("Badgers sleep through the winter.", "Badgers dig at night.", "Winter tyres are kept in the cellar.")
        passages = [
            {"_id": str(n), "title": "Badgers", "text": text, "site": "a.org" if n < 2 else "b.org"}
            for n, text in enumerate(texts)
        ]
        question = {"_id": "q", "text": "When do badgers sleep in winter?", "site": "a.org", "answer": texts[0]}
        (tmp_path / folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, passages)), encoding="utf-8")
        (tmp_path / folder / "queries.jsonl").write_text(json.dumps(question), encoding="utf-8")
        (place / f"{split}.tsv").write_text("query-id\tcorpus-id\tscore\nq\t0\t1\n", encoding="utf-8")
    return tmp_path


def test_groups_hold_the_answer_and_what_its_words_find_within_its_site(data: Path) -> None:
    groups = {group.source: group for group in read_groups(data, seed=1)}
    assert set(groups) == {"covid-qa", "policyqa", "multihop", "medquad", "cosqa"}
    assert all(sum(group.answers) == 1 for group in groups.values())
    assert len(groups["medquad"].blocks) == 3
    assert len(groups["policyqa"].blocks) == 2
    block = groups["medquad"].blocks[0]
    assert block.text[: block.under] == "Badgers"


@pytest.mark.slow
def test_a_reader_begins_as_good_as_comparing_alone() -> None:
    words, question = Words(), "When do badgers sleep?"
    blocks = [Readable(text=f"\n{text}", under=0) for text in ("Badgers sleep all winter.", "The cellar is locked.")]
    words.encode([question, *(block.text for block in blocks)])
    weighed = words.weigh(question, blocks)
    scores = read(OneWayReader(words.encoder), words, question, weighed, [block.text for block in blocks])
    assert weighed.weights.sum() == pytest.approx(1.0)
    assert (weighed.base[0] > weighed.base[1]).all()
    assert scores[0] > scores[1]
