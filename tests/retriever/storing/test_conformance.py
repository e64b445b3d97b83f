"""What every engine must do. Test ids say which engine ran: edge, in-memory-server, real-server (HONE_TEST_QDRANT_URL).

The in-memory mode of qdrant-client scores BM25 with its word tokenizer only, which also splits at punctuation, so words
here are plain; identifiers whole are tested on the embedded engine. Its formula is the same, its arithmetic 64-bit.
"""

import re
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from hone.errors import HoneError, UsageError
from retriever.storing.store import NO_HITS, Engine, LegQuery, PointFilter, Store
from tests.retriever.storing.points import STAFF, found, id_of, ids_in, point, question

pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant")


@pytest.fixture
def store(engine: Engine) -> Iterator[Store]:
    opened = engine.create("first", 4)
    yield opened
    opened.close()


def test_dense_leg_gives_cosines_best_first(store: Store) -> None:
    store.upsert([point(1, angle=60), point(2, angle=0), point(3, angle=90)])
    hits = store.search([question("")])[0]["dense"]
    assert [hit.id for hit in hits] == [id_of(2), id_of(1), id_of(3)]
    assert [hit.score for hit in hits] == pytest.approx([1.0, 0.5, 0.0], abs=1e-6)


def test_bm25_leg_ranks_rare_words_repeated_words_and_short_texts_first(store: Store) -> None:
    store.upsert(
        [
            point(1, words="leave leave policy"),
            point(2, words="leave policy form"),
            point(3, words="travel policy form"),
        ]
    )
    assert found(store, question("leave"))[1] == [1, 2]
    assert found(store, question("travel policy"))[1][0] == 3
    store.upsert([point(4, words="leave " + "filler " * 50)])
    assert found(store, question("leave"))[1] == [1, 2, 4]


def test_bm25_scores_are_the_formula(store: Store) -> None:
    """Two documents of three hold the word: idf = ln(1 + 1.5/2.5) = 0.470; k1 = 1.2, b = 0.75, mean length 2."""
    store.upsert([point(1, words="leave form"), point(2, words="leave leave form"), point(3, words="travel")])
    scores = {hit.id: hit.score for hit in store.search([question("leave")])[0]["bm25"]}
    idf = np.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    assert scores[id_of(1)] == pytest.approx(idf * 1 * 2.2 / (1 + 1.2), abs=1e-5)
    assert scores[id_of(2)] == pytest.approx(idf * 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 3 / 2)), abs=1e-5)


def test_a_repeated_word_in_a_question_counts_once(store: Store) -> None:
    store.upsert([point(1, words="leave form"), point(2, words="travel form")])
    once, twice = store.search([question("leave"), question("leave leave")])
    assert once["bm25"] == twice["bm25"]


def test_words_are_neither_stemmed_nor_folded(store: Store) -> None:
    store.upsert([point(1, words="straße 東京 leave"), point(2, words="running")])
    assert found(store, question("straße"))[1] == [1]
    assert found(store, question("東京"))[1] == [1]
    assert found(store, question("run"))[1] == []
    assert found(store, question("strasse"))[1] == []


def test_a_leg_without_its_input_is_not_asked(store: Store) -> None:
    store.upsert([point(1)])
    allowed = PointFilter(groups=STAFF)
    wordless, vectorless = store.search([question(" "), LegQuery(vector=None, words="leave", filter=allowed, limit=3)])
    assert (len(wordless["dense"]), len(wordless["bm25"])) == (1, 0)
    assert (len(vectorless["dense"]), len(vectorless["bm25"])) == (0, 1)


def test_several_queries_are_answered_in_their_order(store: Store) -> None:
    store.upsert([point(1, words="leave"), point(2, words="travel")])
    answers = store.search([question("travel"), question("nothing"), question("leave")])
    assert [[hit.id for hit in answer["bm25"]] for answer in answers] == [[id_of(2)], [], [id_of(1)]]
    assert store.search([]) == []


def test_an_empty_store_finds_nothing(store: Store) -> None:
    assert store.search([question()]) == [NO_HITS]
    assert (store.facts().points, ids_in(store)) == (0, frozenset())


def test_permission_holds_in_each_leg(store: Store) -> None:
    store.upsert([point(1, groups="hr"), point(2, groups="staff"), point(3, groups="hr staff"), point(4, groups="")])
    assert found(store, question()) == ([2, 3], [2, 3])
    both = PointFilter(groups=frozenset({"hr", "staff"}))
    assert found(store, question(allowed=both)) == ([1, 2, 3], [1, 2, 3])


def test_permission_holds_where_most_points_are_foreign(store: Store) -> None:
    """The foreign points are the better ones in both legs, so a leg that filters too late comes back empty or wrong."""
    store.upsert([point(number, groups="hr", words="leave leave") for number in range(1, 300)])
    store.upsert([point(number, groups="staff", angle=80, words="leave form and more") for number in range(300, 304)])
    expected = [300, 301, 302, 303]
    assert found(store, question(limit=10)) == (expected, expected)


def test_an_asker_without_groups_finds_nothing(store: Store) -> None:
    store.upsert([point(1), point(2, groups="")])
    for narrowed in (
        PointFilter(groups=frozenset()),
        PointFilter(groups=frozenset(), ids=frozenset({id_of(1), id_of(2)})),
    ):
        assert found(store, question(allowed=narrowed)) == ([], [])


def test_ids_in_a_filter_do_not_lift_permission(store: Store) -> None:
    store.upsert([point(1, groups="hr"), point(2)])
    allowed = PointFilter(groups=STAFF, ids=frozenset({id_of(1), id_of(2)}))
    assert found(store, question(allowed=allowed)) == ([2], [2])


@pytest.mark.parametrize(
    ("narrowing", "expected"),
    [
        (PointFilter(groups=STAFF, sources=frozenset({"wiki"})), [1, 3]),
        (PointFilter(groups=STAFF, sources=frozenset({"wiki", "drive"})), [1, 2, 3, 4]),
        (PointFilter(groups=STAFF, kinds=frozenset({"pdf"})), [3]),
        (PointFilter(groups=STAFF, path="hr"), [1, 2]),
        (PointFilter(groups=STAFF, path="/hr/leave/"), [2]),
        (PointFilter(groups=STAFF, path="hr/leave/sick.md"), [2]),
        (PointFilter(groups=STAFF, path="h"), []),
        (PointFilter(groups=STAFF, since=2000.0), [2, 3, 4]),
        (PointFilter(groups=STAFF, until=2000.0), [1, 2]),
        (PointFilter(groups=STAFF, since=1500.0, until=3500.0), [2, 3]),
        (PointFilter(groups=STAFF, documents=frozenset({"document-4", "document-9"})), [4]),
        (PointFilter(groups=STAFF, ids=frozenset({id_of(1), id_of(3), id_of(99)})), [1, 3]),
        (PointFilter(groups=STAFF, sources=frozenset({"wiki"}), kinds=frozenset({"md"}), path="hr"), [1]),
    ],
)
def test_each_filter_narrows_both_legs(store: Store, narrowing: PointFilter, expected: list[int]) -> None:
    paths = {1: "hr/policy.md", 2: "hr/leave/sick.md", 3: "hrx/policy.md", 4: "it/hr.md"}
    store.upsert([point(number, path=path) for number, path in paths.items()])
    assert found(store, question(allowed=narrowing)) == (expected, expected)


def test_given_ids_get_the_scores_they_have_in_the_whole(store: Store) -> None:
    """A leg can be asked for what another leg found: the scores don't depend on what else is asked for."""
    store.upsert([point(number, angle=number, words="leave " * (1 + number % 5) + "form") for number in range(1, 61)])
    whole = store.search([question("leave form", limit=60)])[0]
    some = frozenset(id_of(number) for number in (5, 17, 42, 60))
    asked = store.search([question("leave form", limit=60, allowed=PointFilter(groups=STAFF, ids=some))])[0]
    for leg, part in ((whole["dense"], asked["dense"]), (whole["bm25"], asked["bm25"])):
        scores = {hit.id: hit.score for hit in leg}
        assert {hit.id for hit in part} == some
        assert all(hit.score == pytest.approx(scores[hit.id], abs=1e-6) for hit in part)


def test_the_limit_keeps_the_best(store: Store) -> None:
    store.upsert([point(number, angle=number, words="leave " + "form " * number) for number in range(1, 21)])
    assert found(store, question(limit=3)) == ([1, 2, 3], [1, 2, 3])
    assert found(store, question(limit=0)) == ([], [])


def test_ties_come_in_order_of_id(store: Store) -> None:
    store.upsert([point(number) for number in (7, 3, 9, 1, 5)])
    assert found(store, question()) == ([1, 3, 5, 7, 9], [1, 3, 5, 7, 9])


def test_upserting_again_replaces(store: Store) -> None:
    store.upsert([point(1, words="leave"), point(2, words="travel")])
    before = store.search([question("leave travel")])
    store.upsert([point(1, words="leave"), point(2, words="travel")])
    assert store.search([question("leave travel")]) == before
    store.upsert([point(1, words="pension", groups="hr", angle=90)])
    assert store.facts().points == 2
    assert found(store, question("leave"))[1] == []
    assert found(store, question("pension", allowed=PointFilter(groups=frozenset({"hr"})))) == ([1], [1])
    assert found(store, question("pension")) == ([2], [])


def test_deleted_points_are_gone_from_both_legs_and_from_the_counts(store: Store) -> None:
    store.upsert([point(1, words="leave"), point(2, words="leave form"), point(3, words="travel")])
    store.delete([id_of(2), id_of(2), id_of(77)])
    assert found(store, question()) == ([1, 3], [1])
    assert ids_in(store) == {id_of(1), id_of(3)}
    score = store.search([question("leave")])[0]["bm25"][0].score
    assert score == pytest.approx(np.log(1 + 1.5 / 1.5), abs=1e-5)  # one document of two, each of mean length


def test_a_point_with_other_readers_replaces_the_one_before(store: Store) -> None:
    store.upsert([point(1), point(2)])
    store.upsert([point(1, groups="hr")])
    hr = PointFilter(groups=frozenset({"hr"}))
    assert found(store, question()) == ([2], [2])
    assert found(store, question(allowed=hr)) == ([1], [1])
    store.upsert([point(1, groups="")])
    assert found(store, question(allowed=PointFilter(groups=frozenset({"hr", "staff"})))) == ([2], [2])
    store.upsert([])


def test_ids_and_facts_count_every_point(store: Store) -> None:
    store.upsert(point(number) for number in range(1, 701))
    facts = store.facts()
    assert (facts.points, facts.dimensions) == (700, 4)
    assert ids_in(store) == {id_of(number) for number in range(1, 701)}


@pytest.mark.parametrize("vector", [[1, 0, 0], [1, 0, 0, 0, 0], [[1, 0, 0, 0]]])
def test_a_vector_of_another_shape_is_refused(store: Store, vector: list[float]) -> None:
    wrong = np.array(vector, dtype=np.float32)
    asked = LegQuery(vector=wrong, words="leave", filter=PointFilter(groups=STAFF), limit=3)
    with pytest.raises(HoneError, match=r"this generation holds \(4,\)"):
        store.search([asked])


def test_a_point_of_another_dimension_is_refused_and_nothing_of_its_batch_stored(store: Store) -> None:
    with pytest.raises(HoneError, match=rf"passage {id_of(2)} has shape \(5,\)"):
        store.upsert([point(1), point(2, dimensions=5)])
    assert store.facts().points == 0


@pytest.mark.parametrize("factor", [np.nan, np.inf, 0.0, 2.0])
def test_a_vector_that_is_no_unit_vector_is_refused(store: Store, factor: float) -> None:
    good = point(1)
    with np.errstate(invalid="ignore"):
        good.vector[:] *= np.float32(factor)
    with pytest.raises(HoneError, match=rf"{good.id}.* 1 of 1"):
        store.upsert([good])


def test_what_was_flushed_is_there_after_reopening(engine: Engine) -> None:
    store = engine.create("first", 4)
    store.upsert([point(1), point(2, words="travel")])
    store.delete([id_of(2)])
    store.flush()
    store.close()
    store.close()
    again = engine.open("first")
    assert found(again, question()) == ([1], [1])
    assert (again.facts().points, again.facts().dimensions) == (1, 4)
    again.close()


def test_a_closed_store_answers_nothing(engine: Engine) -> None:
    store = engine.create("first", 4)
    store.close()
    with pytest.raises(HoneError, match="closed"):
        store.search([question()])


def test_changing_a_copy_leaves_the_original(engine: Engine) -> None:
    original = engine.create("first", 4)
    original.upsert([point(1), point(2, words="travel"), point(3)])
    original.flush()
    original.close()
    copy = engine.copy("first", "second")
    copy.delete([id_of(1)])
    copy.upsert([point(2, groups="hr"), point(3, words="pension"), point(4)])
    assert (found(copy, question()), copy.facts().points) == (([3, 4], [4]), 3)
    copy.flush()
    copy.close()
    original, copy = engine.open("first"), engine.open("second")
    assert found(original, question()) == ([1, 2, 3], [1, 3])
    assert found(copy, question()) == ([3, 4], [4])
    original.close()
    copy.close()


def test_generations_exist_until_dropped(engine: Engine) -> None:
    assert not engine.exists("first")
    engine.create("first", 4).close()
    assert engine.exists("first")
    engine.drop("first")
    assert not engine.exists("first")
    engine.create("first", 4).close()


def test_unknown_and_taken_generations_are_named(engine: Engine) -> None:
    engine.create("first", 4).close()
    uses: list[Callable[[str], object]] = [
        engine.open,
        engine.drop,
        lambda name: engine.copy(name, "second"),
    ]
    for use in uses:
        with pytest.raises(HoneError, match="'third'"):
            use("third")
    with pytest.raises(HoneError, match=r"already .*'first'"):
        engine.create("first", 4)
    with pytest.raises(HoneError, match=r"already .*'first'"):
        engine.copy("first", "first")


@pytest.mark.parametrize("name", ["", "..", "../first", "a/b", ".hidden", "x" * 101])
def test_names_that_lead_elsewhere_are_refused(engine: Engine, name: str) -> None:
    uses: list[Callable[[str], object]] = [engine.exists, engine.open, engine.drop, lambda name: engine.create(name, 4)]
    for use in uses:
        with pytest.raises(UsageError, match=re.escape(repr(name))):
            use(name)
