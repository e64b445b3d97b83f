"""What the memory of confirmed questions is worth: asked again, asked in other words, and to strangers; and its time.

Of a set's documents three in ten are never confirmed: their questions are strangers. Of every other document up to
three wordings are confirmed, each by three people or by one admin, and one confirmation in ten is of a wrong document
from that page; its other wordings are asked. Everything goes through the log and the search as they are.

    python -m benchmarks.remembering nl2bash --home /tmp/memory
    python -m benchmarks.remembering nl2bash --home /tmp/memory --choose
"""

import argparse
import json
import math
import random
import statistics
import time
import uuid
from collections import defaultdict
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.homes import Home
from benchmarks.record import data_folder, keep
from hone.log.confirmations import Confirmation, ConfirmationLog
from hone.log.rows import Event, LoggedSearch, batches, now
from hone.records import ADMIN, EVERYONE, SearchResult
from retriever.remembering.lifts import lifts_of
from retriever.remembering.questions import Near, Nearness, questions_of
from retriever.searching.searcher import Question, Searcher, background_of

STRANGE, WORDINGS, VOICES, WRONG = 0.3, 3, 3, 0.1
PEOPLE = 30
MOST = 500  # questions of a kind
CROWDED = 10_000  # confirmations that the time is measured with
GRID = [
    (Nearness(words=words, like=like, steepness=steepness), weight)
    for words in (0.3, 0.4, 0.5)
    for like in (0.6, 0.65, 0.7)
    for steepness in (2.0, 3.0)
    for weight in (4.0, 8.0, 12.0, 16.0)
]

Known = Mapping[str, frozenset[str]]  # by question: the documents that answer it
Order = Sequence[tuple[str, float]]  # documents with their scores, best first


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Which questions are confirmed, asked in other words, and strange."""

    confirmed: Sequence[str]
    reworded: Sequence[str]
    strangers: Sequence[str]

    def asked(self) -> dict[str, Sequence[str]]:
        """Name what is asked, by kind."""
        return {"same wording": self.confirmed[:MOST], "reworded": self.reworded, "strangers": self.strangers}


def main() -> None:
    """Measure one set, or try the grid on it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--home", type=Path, required=True, help="where workspaces are kept, and found again")
    parser.add_argument("--results", type=Path)
    parser.add_argument("--choose", action="store_true", help="try other settings on what the search found")
    options = parser.parse_args()
    data, figures = data_folder(options.data), dict[str, object]()
    known = read_known(data / options.set)
    split = split_of(known, random.Random(options.set))  # a benchmark's own
    for admin in (False, True):
        who = "one admin" if admin else f"{VOICES} people"
        with fresh(options.home / options.set, data) as home:
            plain = ask(home.searcher, split, memory=False)
            said = confirmations(split, known, plain, home.searcher, admin=admin)
            if options.choose:
                figures |= {f"{who}, {name}": told for name, told in tried(home, split, known, plain, said)}
                continue
            confirm(home.searcher, said)
            after = ask(home.searcher, split, memory=True)
            figures |= {f"{who}, {kind}": _both(known, plain, after, names) for kind, names in split.asked().items()}
            figures |= {} if admin else timed(home.searcher, split)
    keep(f"remembering-{options.set}{'-choose' if options.choose else ''}", figures, options.results)


def read_known(folder: Path) -> Known:
    """Read which documents answer which question, over all splits."""
    texts = [json.loads(line) for line in (folder / "queries.jsonl").read_text(encoding="utf-8").splitlines()]
    by_id, found = {row["_id"]: row["text"] for row in texts}, defaultdict[str, set[str]](set)
    for file in sorted((folder / "qrels").glob("*.tsv")):
        for line in file.read_text(encoding="utf-8").splitlines()[1:]:
            question, document, grade = line.split("\t")
            if float(grade) > 0:
                found[by_id[question]].add(document)
    return {text: frozenset(documents) for text, documents in found.items()}


def split_of(known: Known, drawn: random.Random) -> Split:
    """Draw what is confirmed, what is asked in other words, and what is never confirmed."""
    wordings = defaultdict[str, list[str]](list)
    for text, documents in sorted(known.items()):
        wordings[min(documents)].append(text)
    names = sorted(wordings)
    drawn.shuffle(names)
    cut = int(len(names) * STRANGE)
    strange, confirmed, reworded = set(names[:cut]), list[str](), list[str]()
    for name in names[cut:]:
        own = wordings[name]
        drawn.shuffle(own)
        count = min(WORDINGS, len(own) - 1)
        confirmed += own[:count]
        reworded += own[count:] if count else []
    strangers = [text for text, documents in sorted(known.items()) if documents <= strange]
    for each in (confirmed, reworded, strangers):
        drawn.shuffle(each)
    return Split(confirmed=confirmed, reworded=reworded[:MOST], strangers=strangers[:MOST])


@contextmanager
def fresh(folder: Path, data: Path) -> Generator[Home]:
    """Open the workspace of a set with an empty log."""
    for file in folder.glob("log.db*"):
        file.unlink()
    with Home(folder, data) as home:
        yield home


def ask(searcher: Searcher, split: Split, *, memory: bool) -> dict[str, SearchResult]:
    """Ask everything that is confirmed or asked, once."""
    texts = list(dict.fromkeys((*split.confirmed, *split.reworded, *split.strangers)))
    wanted = texts if not memory else list(dict.fromkeys(text for names in split.asked().values() for text in names))
    return {
        text: result
        for start in range(0, len(wanted), 64)
        for text, result in zip(
            wanted[start : start + 64],
            searcher.search_all([Question(text=text, memory=memory) for text in wanted[start : start + 64]]),
            strict=True,
        )
    }


def confirmations(
    split: Split, known: Known, plain: Mapping[str, SearchResult], searcher: Searcher, *, admin: bool
) -> list[Confirmation]:
    """Let people or an admin say of each confirmed wording which document is right; one in ten says a wrong one."""
    drawn, found = random.Random(1), list[Confirmation]()
    present = {document.id for document in searcher.library.documents()}
    for text in split.confirmed:
        right = min(known[text])
        others = [hit.document for hit in plain[text].hits if hit.document not in known[text]]
        for person in drawn.sample(range(PEOPLE), 1 if admin else VOICES):
            name = drawn.choice(others) if others and drawn.random() < WRONG else right
            if name in present:
                found.append(
                    Confirmation(
                        id=str(uuid.uuid4()),
                        question=text,
                        object=name,
                        document=name,
                        person=f"p{person}",
                        admin=admin,
                    )
                )
    return found


def confirm(searcher: Searcher, said: Sequence[Confirmation], *, vectors: bool = False) -> None:
    """Write searches and what was said after them into the log, and wait until all of it is at hand.

    With `vectors` the questions get vectors by chance: encoding ten thousand is nothing that a search waits for.
    """
    searches = [
        LoggedSearch(
            search_id=item.id,
            person=item.person,
            query=item.question,
            timestamp=now(),
            shown=(),
            groups=frozenset({EVERYONE, ADMIN} if item.admin else {EVERYONE}),
        )
        for item in said
    ]
    events = [
        Event(
            action="relevant",
            search_id=item.id,
            person=item.person,
            object_id=item.document,
            event_id=item.id,
            attributes={"shown": False, "document": item.document},
        )
        for item in said
    ]
    searcher.workspace.log.add(searches, events)
    if vectors:
        with searcher.live.current() as opened:
            card = opened.encoder.card
        drawn = np.random.default_rng(3).standard_normal((len(said), card.dimensions))
        drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
        kept = {item.id: row.astype("<f2").tobytes() for item, row in zip(said, drawn, strict=True)}
        for part in batches(kept):
            ConfirmationLog(searcher.workspace.log_database).keep_vectors(
                card.hash, {name: kept[name] for name in part}
            )
    wanted = {item.question for item in said}
    while True:
        with searcher.live.current() as opened:
            assert searcher.memory is not None
            held = searcher.memory.questions(opened.encoder)
        if held is not None and held.rows.keys() >= wanted:
            return
        time.sleep(0.5)


def _both(
    known: Known, plain: Mapping[str, SearchResult], after: Mapping[str, SearchResult], names: Sequence[str]
) -> dict[str, float]:
    before = scores([known[text] for text in names], [_documents(plain[text]) for text in names])
    return before | {
        f"{name}, with the memory": value
        for name, value in scores([known[text] for text in names], [_documents(after[text]) for text in names]).items()
    }


def scores(golds: Sequence[frozenset[str]], tops: Sequence[Sequence[str]]) -> dict[str, float]:
    """Return nDCG@10 and how many questions have no right document among five."""
    pairs = list(zip(golds, tops, strict=True))
    return {
        "questions": len(pairs),
        "nDCG@10": round(statistics.fmean(_ndcg(gold, top) for gold, top in pairs), 4),
        "misses@5": sum(gold.isdisjoint(top[:5]) for gold, top in pairs),
    }


def _ndcg(gold: frozenset[str], top: Sequence[str]) -> float:
    gained = sum(1 / math.log2(place + 2) for place, name in enumerate(top[:10]) if name in gold)
    return gained / sum(1 / math.log2(place + 2) for place in range(min(10, len(gold))))


def _documents(result: SearchResult) -> list[str]:
    return list(dict.fromkeys(name for hit in result.hits for name in (hit.document, *hit.also_in)))


def timed(searcher: Searcher, split: Split) -> dict[str, object]:
    """Add confirmations of made-up questions up to ten thousand, and time what the memory adds to a search."""
    drawn, words = random.Random(2), sorted({word for text in split.confirmed for word in text.split()})
    names = [document.id for document in searcher.library.documents()]
    made = [
        Confirmation(
            id=str(uuid.uuid4()),
            question=" ".join(drawn.choices(words, k=9)),
            object=(name := drawn.choice(names)),
            document=name,
            person=f"p{drawn.randrange(PEOPLE)}",
        )
        for _ in range(CROWDED)
    ]
    confirm(searcher, made, vectors=True)
    took = [
        result.took_ms["memory"]
        for result in searcher.search_all([Question(text=text, memory=True) for text in split.reworded[:200]])
    ]
    log = searcher.workspace.log
    began = time.perf_counter()
    log.record_event(Event(action="relevant", search_id=made[0].id, person=made[0].person, object_id=names[0]))
    list(searcher.search_all([Question(text=split.reworded[0], memory=True)]))
    return {
        "memory ms, median": round(statistics.median(took[1:]), 2),
        "memory ms, 95th of 100": round(sorted(took[1:])[int(len(took) * 0.95)], 2),
        "ms from a confirmation to the search that has it": round((time.perf_counter() - began) * 1000, 1),
    }


def tried(
    home: Home, split: Split, known: Known, plain: Mapping[str, SearchResult], said: Sequence[Confirmation]
) -> Iterator[tuple[str, dict[str, float]]]:
    """Put other settings over the plain fused orders; what is not among them starts from their last place."""
    with home.searcher.live.current() as opened:
        texts = list(plain)
        made = [opened.encoder.encode_queries(texts[start : start + 64]) for start in range(0, len(texts), 64)]
        vectors: dict[str, NDArray[np.float32]] = dict(zip(texts, chain.from_iterable(made), strict=True))
        mean = background_of(opened).mean
    owners = home.searcher.library.owners(sorted({name for item in plain.values() for name, _ in item.stages["fused"]}))
    questions = questions_of(said, vectors, revision=1, people=PEOPLE)
    for nearness, weight in GRID:
        told = dict[str, float]()
        for kind, names in split.asked().items():
            orders = [
                _lifted(_fused(plain[text], owners), questions.near(text, vectors[text], mean, nearness), weight)
                for text in names
            ]
            golds = [known[text] for text in names]
            before = scores(golds, [[name for name, _ in _fused(plain[text], owners)] for text in names])
            after = scores(golds, orders)
            told[f"{kind} nDCG@10 gained"] = round(after["nDCG@10"] - before["nDCG@10"], 4)
            told[f"{kind} misses@5 removed"] = round(1 - after["misses@5"] / max(1, before["misses@5"]), 3)
        yield f"words {nearness.words} like {nearness.like} steepness {nearness.steepness} weight {weight}", told


def _fused(result: SearchResult, owners: Mapping[str, str]) -> Order:
    best = dict[str, float]()
    for name, score in result.stages["fused"]:
        best.setdefault(owners[name], score)
    return list(best.items())


def _lifted(order: Order, near: Sequence[Near], weight: float) -> list[str]:
    found, last = dict(order), min(score for _, score in order)
    for lift in lifts_of(near, "", PEOPLE):
        found[lift.document] = found.get(lift.document, last) + weight * lift.strength
    return sorted(found, key=lambda name: (-found[name], name))[:10]


if __name__ == "__main__":
    main()
