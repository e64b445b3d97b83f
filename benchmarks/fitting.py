"""How fast Hone fits an encoder beside the plain trainer, on the same pairs, at which quality.

    python -m benchmarks.fitting nl2bash --pairs 2000 --results docs/results

Both see the same questions, answers and mined wrong answers, cut to the same lengths, in batches of the same size, for
the same number of epochs. The plain one is `SentenceTransformerTrainer` with `MultipleNegativesRankingLoss` as its
documentation shows it. Turns alternate, since the machine's speed drifts.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from datasets import Dataset  # pyright: ignore[reportMissingTypeStubs]
from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer, SentenceTransformerTrainingArguments
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

from benchmarks.record import data_folder, keep
from hone.progress import Silent
from retriever.encoding import open_encoder
from retriever.encoding.encoder import Encoder, Vectors
from retriever.encoding.loading import load_model
from retriever.encoding.modelfolder import find_model_folder
from retriever.ranking.fusion import WEIGHTS
from training.fitting.fit import FitJob, fit
from training.fitting.options import FitOptions
from training.lesson.dev_set import DevSet, gains_of
from training.lesson.training_data import Example, Texts, TrainingData

DEV, POOL = 300, 3000
NEAR = 30  # passages that a wrong answer is drawn from, below the right one's cosine by a twentieth
EPOCHS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """A BEIR folder in memory."""

    passages: dict[str, str]
    questions: dict[str, str]
    train: Sequence[tuple[str, str]]
    dev: Sequence[tuple[str, str]]


def main() -> None:
    """Fit both ways in turn, and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="?", default="nl2bash")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--pairs", type=int, default=2000)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--turns", type=int, default=1)
    parser.add_argument("--results", type=Path)
    given = parser.parse_args()
    data = lesson_of(read(data_folder(given.data) / given.name), given.pairs)
    options = FitOptions(batch_size=given.batch, epochs=EPOCHS, evaluations_per_epoch=1, base_shares=(), patience=99)
    source, ours, plain = find_model_folder(""), list[tuple[float, float]](), list[tuple[float, float]]()
    for _ in range(given.turns):
        plain.append(fit_plainly(data, source, options))
        ours.append(fit_ours(data, source, options))
    before = score(open_encoder(""), data.dev)
    rates = [count / other for (count, _), (other, _) in zip(ours, plain, strict=True)]
    keep(
        "fitting",
        {
            "data set": given.name,
            "pairs": len(data.examples),
            "batch": options.batch_size,
            "times as many pairs a second": f"{median(rates):.2f} ({min(rates):.2f} to {max(rates):.2f}); goal 3",
            "pairs a second, plain": round(median(rate for rate, _ in plain), 1),
            "pairs a second, Hone": round(median(rate for rate, _ in ours), 1),
            "development nDCG@10 before": round(before, 4),
            "development nDCG@10, plain": round(median(found for _, found in plain), 4),
            "development nDCG@10, Hone": round(median(found for _, found in ours), 4),
        },
        given.results,
    )


def fit_ours(data: TrainingData, source: Path, options: FitOptions) -> tuple[float, float]:
    """Fit as Hone does; give pairs a second while steps were made, and the score."""
    with tempfile.TemporaryDirectory() as folder:
        target, work = Path(folder) / "model", Path(folder) / "work"
        began = time.monotonic()
        job = FitJob(data=data, source=source, target=target, work=work, options=options, until=began + 3600)
        fitted = fit(job, Silent())
        return fitted.pairs_per_second, score(open_encoder(str(target)), data.dev)


def fit_plainly(data: TrainingData, source: Path, options: FitOptions) -> tuple[float, float]:
    """Fit with the trainer as it comes."""
    model = load_model(source, "cpu")
    model.max_seq_length = options.passage_tokens
    wrong = range(options.hard_negatives)
    columns: dict[str, list[str]] = {
        "anchor": [data.questions.texts[item.question] for item in data.examples],
        "positive": [data.passages.texts[item.positive] for item in data.examples],
        **{f"negative_{n}": [data.passages.texts[item.negatives[n]] for item in data.examples] for n in wrong},
    }
    made: Any = Dataset
    start: Any = SentenceTransformerTrainer
    with tempfile.TemporaryDirectory() as folder:
        args = SentenceTransformerTrainingArguments(
            output_dir=folder,
            num_train_epochs=EPOCHS,
            per_device_train_batch_size=options.batch_size,
            learning_rate=options.learning_rate,
            warmup_steps=options.warmup_ratio,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
            use_cpu=True,
            dataloader_drop_last=True,
            seed=data.seed,
        )
        trainer = start(
            model=model, args=args, train_dataset=made.from_dict(columns), loss=MultipleNegativesRankingLoss(model)
        )
        began = time.monotonic()
        trainer.train()
        took = time.monotonic() - began
    steps = trainer.state.global_step
    return steps * options.batch_size / took, score_model(model, data.dev)


def score(encoder: Encoder, dev: DevSet) -> float:
    """Score what would serve."""
    return by_meaning(dev, encoder.encode_queries(dev.questions), encoder.encode_passages(dev.passages))


def by_meaning(dev: DevSet, questions: Vectors, passages: Vectors) -> float:
    """Score the order that vectors alone make."""
    return float(replace(dev, legs={}).ndcg(questions, passages).mean())


def score_model(model: SentenceTransformer, dev: DevSet) -> float:
    """Score a model in memory."""
    loose: Any = model
    questions, passages = (
        loose.encode(list(texts), normalize_embeddings=True) for texts in (dev.questions, dev.passages)
    )
    return by_meaning(dev, questions, passages)


def read(folder: Path) -> Corpus:
    """Read a BEIR folder."""
    passages = {row["_id"]: f"{row.get('title', '')}\n{row['text']}".strip() for row in _rows(folder / "corpus.jsonl")}
    questions = {row["_id"]: row["text"] for row in _rows(folder / "queries.jsonl")}
    return Corpus(passages=passages, questions=questions, train=_qrels(folder, "train"), dev=_qrels(folder, "dev"))


def lesson_of(corpus: Corpus, pairs: int) -> TrainingData:
    """Make training data of known answers, with wrong ones that the packaged encoder finds near."""
    encoder = open_encoder("")
    names = list(corpus.passages)
    texts, rows = list(corpus.passages.values()), {name: row for row, name in enumerate(names)}
    vectors = encoder.encode_passages(texts)
    train = [corpus.train[place] for place in shuffled(len(corpus.train), 7)[:pairs]]
    asked = list(dict.fromkeys(question for question, _ in train))
    asked_rows = {name: row for row, name in enumerate(asked)}
    questions = [corpus.questions[name] for name in asked]
    question_vectors, right = encoder.encode_queries(questions), dict[int, set[int]]()
    for question, passage in corpus.train:
        if question in asked_rows:
            right.setdefault(asked_rows[question], set()).add(rows[passage])
    examples: list[Example] = []
    for question, passage in train:
        row, positive = asked_rows[question], rows[passage]
        cosines = vectors @ question_vectors[row]
        cosines[list(right[row])] = -1
        near = np.flatnonzero(cosines < 0.95 * float(vectors[positive] @ question_vectors[row]))
        drawn = near[np.argsort(-cosines[near])[:NEAR]]
        negatives = tuple(int(drawn[place]) for place in shuffled(len(drawn), row)[:4])
        examples.append(Example(question=row, positive=positive, negatives=negatives))
    general = shuffled(len(texts), 8)[:2000]
    return TrainingData(
        questions=Texts(texts=tuple(questions), vectors=question_vectors),
        passages=Texts(texts=tuple(texts), vectors=vectors),
        examples=tuple(item for item in examples if len(item.negatives) == 4),
        known_positives={row: frozenset(found) for row, found in right.items()},
        general=Texts(texts=tuple(texts[row] for row in general), vectors=vectors[general]),
        dev=_dev(corpus, texts, rows, encoder),
    )


def _dev(corpus: Corpus, texts: Sequence[str], rows: dict[str, int], encoder: Encoder) -> DevSet:
    known: dict[str, list[int]] = {}
    for question, passage in corpus.dev:
        known.setdefault(question, []).append(rows[passage])
    names = list(known)[:DEV]
    gold = {row for name in names for row in known[name]}
    pool = sorted({*gold, *shuffled(len(texts), 9)[:POOL]})
    column = {row: place for place, row in enumerate(pool)}
    return DevSet(
        questions=tuple(corpus.questions[name] for name in names),
        passages=tuple(texts[row] for row in pool),
        starts=np.arange(len(pool)),
        gains=gains_of([[(column[row], 1) for row in known[name]] for name in names], len(pool)),
        legs={},
        weights=WEIGHTS,
        live_questions=encoder.encode_queries([corpus.questions[name] for name in names]),
        live_passages=encoder.encode_passages([texts[row] for row in pool]),
        importance=np.ones(len(names)),
        free=np.ones(len(names), dtype=bool),
    )


def _rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def _qrels(folder: Path, split: str) -> list[tuple[str, str]]:
    lines = (folder / "qrels" / f"{split}.tsv").read_text(encoding="utf-8").splitlines()[1:]
    cells = [line.split("\t") for line in lines]
    return [(question, passage) for question, passage, grade in cells if float(grade) > 0]


def shuffled(count: int, seed: int) -> list[int]:
    """Return the numbers below `count` in a drawn order."""
    order: list[int] = np.random.default_rng(seed).permutation(count).tolist()
    return order


if __name__ == "__main__":
    main()
