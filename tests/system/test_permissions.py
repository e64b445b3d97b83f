"""Nobody sees what they may not read: 2,000 random searches over 10,000 passages, 50 groups and 200 people."""

import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from cli.main import app
from hone.progress import Silent
from hone.records import EVERYONE, Asker, Document, Filters, Passage, SearchResult
from hone.workspace import Workspace
from retriever.cutting.window import embedded_text, passage_id
from retriever.encoding import open_encoder
from retriever.indexing.encoders import Encoders
from retriever.indexing.generations import bring_up_to_date
from retriever.library.librarian import Librarian
from retriever.library.library import Library
from retriever.library.rows import Fingerprint, StoredDocument
from retriever.ranking.words import analyse_query
from retriever.searching.explain import explain
from retriever.searching.searcher import DEPTH, Question, Searcher, point_filter
from retriever.searching.to_json import explanation_json, result_json
from retriever.storing.store import LegQuery

DOCUMENTS, EACH = 2500, 4  # together 10,000 passages
GROUPS = [f"group-{number:02d}" for number in range(49)] + [EVERYONE]
SOURCES = [f"source-{number:02d}" for number in range(40)]
KINDS = ("md", "html", "pdf", "py", "record")
FOLDERS = [f"{top}/{below}" for top in ("it", "hr", "legal", "ops", "sales") for below in ("old", "new")]
STARTS, ENDS = ("ba", "ke", "di", "fo", "lu", "ra", "ni", "to", "mu", "se"), ("lor", "nem", "pit", "ras", "gov")
WORDS = [start + end for start in STARTS for end in ENDS]
BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
SEARCHES, REGROUP_EVERY = 2000, 100
FIRST = 200  # of the searches, in every run of the tests
VIEWED, LOOKED_AT_CLOSELY = 0.02, 0.1  # shares of the searches
ALIKE = 1e-4  # scores of the engine and of numpy, both float32

# Every passage and document bears its number wherever it shows: in ids, titles and texts.
TRACE = re.compile(r"(?P<passage>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})|(?:doc|title|text)-(?P<document>\d{8})")


@dataclass(slots=True, kw_only=True)
class World:
    """The library as the test knows it, apart from all code that is tested."""

    workspace: Workspace
    searcher: Searcher
    texts: list[str]
    numbers: dict[str, int]  # of passages, by id
    vectors: NDArray[np.float32]
    readers: NDArray[np.bool_]  # documents by groups, as the library has it now
    indexed: NDArray[np.bool_]  # the same, as it was when the index was built
    source: NDArray[np.int64]
    kind: NDArray[np.int64]
    folder: NDArray[np.int64]
    modified: NDArray[np.float64]

    def may_read(self, asker: Asker) -> NDArray[np.bool_]:
        return np.any(self.readers[:, [GROUPS.index(group) for group in asker.groups]], axis=1)

    def may_find(self, asker: Asker) -> NDArray[np.bool_]:
        return np.any(self.indexed[:, [GROUPS.index(group) for group in asker.groups]], axis=1)

    def matches(self, filters: Filters) -> NDArray[np.bool_]:
        folders = [number for number, name in enumerate(FOLDERS) if f"{name}/".startswith(f"{filters.path}/")]
        found = np.isin(self.folder, folders) if filters.path else np.ones(DOCUMENTS, bool)
        if filters.sources:
            found &= np.isin(self.source, [SOURCES.index(name) for name in filters.sources])
        if filters.kinds:
            found &= np.isin(self.kind, [KINDS.index(name) for name in filters.kinds])
        if filters.since:
            found &= self.modified >= filters.since.timestamp()
        if filters.until:
            found &= self.modified <= filters.until.timestamp()
        return found

    def regroup(self, source: int, groups: frozenset[str]) -> None:
        kept = Library(self.workspace.database).kept(SOURCES[source]).values()
        Librarian(self.workspace.database).restate([replace(item, groups=groups) for item in kept])
        self.readers[self.source == source] = [group in groups for group in GROUPS]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    from hone.settings import read_settings

    home = tmp_path_factory.mktemp("permissions")
    (home / "hone.toml").write_text('[encoder]\nmodel = "hash"\n')
    workspace = Workspace(read_settings(home))
    made = make_world(workspace, random.Random(2))
    bring_up_to_date(workspace, Encoders(workspace), Silent())
    yield made
    made.searcher.close()
    workspace.close()


def make_world(workspace: Workspace, rng: random.Random) -> World:
    texts: list[str] = []
    shelved = [make_document(number, texts, rng) for number in range(DOCUMENTS)]
    librarian = Librarian(workspace.database)
    for start in range(0, DOCUMENTS, 500):
        librarian.put(shelved[start : start + 500])
    cut = [passage for item in shelved for passage in item.passages]
    embedded = [embedded_text(item.document.title, passage) for item in shelved for passage in item.passages]
    readers = np.array([[group in item.document.groups for group in GROUPS] for item in shelved])
    return World(
        workspace=workspace,
        searcher=Searcher(workspace),
        texts=texts,
        numbers={passage.id: number for number, passage in enumerate(cut)},
        vectors=open_encoder("hash").encode_passages(embedded),
        readers=readers,
        indexed=readers.copy(),
        source=np.array([SOURCES.index(item.document.source) for item in shelved]),
        kind=np.array([KINDS.index(item.document.kind) for item in shelved]),
        folder=np.array([FOLDERS.index(item.document.path.rpartition("/")[0]) for item in shelved]),
        modified=np.array([item.document.modified.timestamp() for item in shelved]),
    )


def make_document(number: int, texts: list[str], rng: random.Random) -> StoredDocument:
    """Make a document of four passages; every tenth text is nearly the same as one that others may read."""
    name = f"doc-{number:08d}"
    groups = frozenset(rng.sample(GROUPS, rng.randint(1, 3)))
    document = Document(
        id=name,
        source=rng.choice(SOURCES),
        path=f"{rng.choice(FOLDERS)}/{name}",
        title=f"title-{number:08d}",
        kind=rng.choice(KINDS),
        url="",
        groups=groups,
        modified=BEGIN + timedelta(days=rng.randrange(2000)),
        text_hash=name,
    )
    passages = tuple(make_passage(EACH * number + place, document, texts, rng) for place in range(EACH))
    whole = Fingerprint(item=name, version="1", content_hash=name)
    return StoredDocument(document=document, text="", syntax="plain", warnings=(), fingerprint=whole, passages=passages)


def make_passage(number: int, document: Document, texts: list[str], rng: random.Random) -> Passage:
    said = " ".join(rng.choices(WORDS, k=40))
    if texts and rng.random() < 0.1:
        said = " ".join(rng.choice(texts).split()[2:])
    # The second word is a secret that a question can name without it being taken for a trace.
    texts.append(f"text-{number // EACH:08d} secret{number} {said}")
    return Passage(
        id=passage_id(document.id, (), "", texts[-1]),
        document=document.id,
        ordinal=number % EACH,
        heading=(),
        preface="",
        text=texts[-1],
        start=0,
        end=len(texts[-1]),
    )


@pytest.mark.slow
@pytest.mark.parametrize("searches", [FIRST, pytest.param(SEARCHES, marks=pytest.mark.proof)])
def test_no_search_shows_what_its_asker_may_not_read(world: World, searches: int) -> None:
    rng = random.Random(3)
    people = [
        Asker(name=f"person{number}", groups=frozenset(rng.sample(GROUPS, rng.randint(0, 6)))) for number in range(200)
    ]
    modes: tuple[tuple[Callable[[World, list[Question], random.Random], None], int, float], ...] = (
        (search_one_by_one, 20, 0.5),
        (search_as_batch, 20, 0.33),
        (ask_one_leg, 20, 0.15),
        (ask_why, 20, 0.02),
    )
    done = 0
    while done < searches:
        mode, together, _ = rng.choices(modes, [share for *_, share in modes])[0]
        questions = [make_question(world, rng.choice(people), rng) for _ in range(together)]
        mode(world, questions, rng)
        done += together
        if done % REGROUP_EVERY == 0:
            world.regroup(rng.randrange(len(SOURCES)), frozenset(rng.sample(GROUPS, 2)))


def make_question(world: World, asker: Asker, rng: random.Random) -> Question:
    secret = f"secret{rng.randrange(len(world.texts))}"
    texts = (
        " ".join(rng.sample(WORDS, rng.randint(1, 5))),  # both legs
        f"unheard{rng.random()}",  # no passage has it: dense alone
        f"{secret} {rng.choice(WORDS)}",
        secret,
        world.texts[rng.randrange(len(world.texts))].partition(" ")[2],
    )
    return Question(
        text=rng.choice(texts),
        asker=asker,
        filters=rng.choice((Filters(), make_filters(rng))),
        hits=rng.choice((None, 1, 5, 20)),
        per_document=rng.choice((None, 1, 4)),
    )


def make_filters(rng: random.Random) -> Filters:
    some = rng.random
    return Filters(
        sources=frozenset(rng.sample(SOURCES, 8)) if some() < 0.4 else frozenset(),
        kinds=frozenset(rng.sample(KINDS, 2)) if some() < 0.4 else frozenset(),
        path=rng.choice([*FOLDERS, "it", "hr"]) if some() < 0.3 else "",
        since=BEGIN + timedelta(days=rng.randrange(1500)) if some() < 0.3 else None,
        until=BEGIN + timedelta(days=rng.randrange(500, 2000)) if some() < 0.3 else None,
    )


def search_one_by_one(world: World, questions: list[Question], rng: random.Random) -> None:
    for question in questions:
        result = world.searcher.search(question)
        check(world, question, result, rng)
        logged = world.workspace.log.search(result.search_id).search
        assert logged.shown == tuple(hit.passage for hit in result.hits)
        refuse_foreign(world, question.asker, repr(replace(logged, query="")))
        if rng.random() < VIEWED:
            for extra in ((), ("--json",)):
                told = CliRunner().invoke(
                    app, ["--home", str(world.workspace.home), "searches", "show", result.search_id, *extra]
                )
                assert told.exit_code == 0
                refuse_foreign(world, question.asker, told.output.replace(question.text, ""))


def search_as_batch(world: World, questions: list[Question], rng: random.Random) -> None:
    for question, result in zip(questions, world.searcher.search_all(questions), strict=True):
        check(world, question, result, rng)


def ask_one_leg(world: World, questions: list[Question], rng: random.Random) -> None:
    with world.searcher.live.current() as opened:
        for question in questions:
            vector = opened.encoder.encode_queries([question.text])[0]
            words = analyse_query(question.text)
            vector, words = rng.choice(((vector, ""), (None, words)))
            asked = LegQuery(
                vector=vector, words=words, filter=point_filter(question.asker, question.filters), limit=DEPTH
            )
            found = opened.store.search([asked])[0]
            allowed = np.repeat(world.may_find(question.asker) & world.matches(question.filters), EACH)
            for hit in (*found["dense"], *found["bm25"]):
                assert allowed[world.numbers[hit.id]], f"a leg gave {hit} to {question}"


def ask_why(world: World, questions: list[Question], rng: random.Random) -> None:
    for question in questions:
        document = rng.randrange(DOCUMENTS)
        told = explain(world.searcher, question, f"doc-{document:08d}")
        if not world.may_read(question.asker)[document]:
            assert (told.outcome, told.channels, told.passage) == ("not permitted", {}, "")
        elif world.may_find(question.asker)[document]:
            assert told.outcome == ("ranked" if world.matches(question.filters)[document] else "filtered")
            among = EACH * int((world.may_find(question.asker) & world.matches(question.filters)).sum())
            assert all(channel.rank <= among for channel in told.channels.values()), "it was ranked among foreign ones"
        others = explanation_json(told).replace(f"doc-{document:08d}", "").replace(f"title-{document:08d}", "")
        refuse_foreign(world, question.asker, others)


def check(world: World, question: Question, result: SearchResult, rng: random.Random) -> None:
    refuse_foreign(world, question.asker, repr(replace(result, query="")))
    wanted = world.matches(question.filters)
    for hit in result.hits:
        assert wanted[int(hit.document[-8:])], f"the filters of {question} leave {hit.document} out"
    if rng.random() < LOOKED_AT_CLOSELY:
        refuse_foreign(world, question.asker, result_json(replace(result, query="")))
        is_complete(world, question, result)


def refuse_foreign(world: World, asker: Asker, shown: str) -> None:
    """Look for the number of any passage or document that the asker may not read, in whatever was given out."""
    traces = list(TRACE.finditer(shown))
    documents = {int(found["document"]) for found in traces if found["document"]}
    documents |= {world.numbers[found["passage"]] // EACH for found in traces if found["passage"] in world.numbers}
    allowed = world.may_read(asker)
    foreign = [number for number in documents if not allowed[number]]
    assert not foreign, f"{asker} was given documents {foreign} in {shown[:2000]}"


def is_complete(world: World, question: Question, result: SearchResult) -> None:
    """A filter that lets nothing through is no permission either: the dense leg has the best of all that it may."""
    scores = world.vectors @ open_encoder("hash").encode_queries([question.text])[0]
    found = np.repeat(world.may_find(question.asker) & world.matches(question.filters), EACH)
    readable = np.repeat(world.may_read(question.asker), EACH)
    best = np.sort(scores[found])[::-1][:DEPTH]
    if not best.size:
        assert result.hits == ()
        return
    due = found & readable & (scores > best[-1] + ALIKE)
    given = {world.numbers[name] for name, _ in result.stages["dense"]}
    assert set(np.flatnonzero(due)) <= given


@pytest.mark.slow
def test_the_log_exports_no_foreign_passage(world: World) -> None:
    asker = Asker(name="exported", groups=frozenset({GROUPS[3]}))
    result = world.searcher.search(Question(text="balor kenem secret7", asker=asker))
    lines = CliRunner().invoke(app, ["--home", str(world.workspace.home), "searches", "export", "-", "-p", "exported"])
    assert lines.exit_code == 0
    assert result.search_id in lines.output
    assert all(json.loads(line) for line in lines.output.splitlines())
    refuse_foreign(world, asker, lines.output)
