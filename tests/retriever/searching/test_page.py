from datetime import UTC, datetime

from hone.records import Asker, Document, Passage
from retriever.library.rows import Placed
from retriever.searching.page import Layout, lay_out

LONG = "the falcon sleeps in the mews until the bell is rung and then it wakes and eats"
WIDE = Layout(hits=10, per_document=10)


def placed(name: str, text: str = "", *, document: str = "", groups: tuple[str, ...] = ("everyone",)) -> Placed:
    text = text or f"nothing but {name}"
    about = Document(
        id=document or f"doc-{name}",
        source="s",
        path=name,
        title=name,
        kind="md",
        url="",
        groups=frozenset(groups),
        modified=datetime(2026, 1, 1, tzinfo=UTC),
        text_hash="",
    )
    passage = Passage(id=name, document=about.id, ordinal=0, heading=(), preface="", text=text, start=0, end=len(text))
    return Placed(passage=passage, document=about)


def page(*items: Placed, asker: Asker | None = None, layout: Layout = WIDE) -> list[tuple[str, list[str]]]:
    order = [(item.passage.id, 1.0 - rank / 100) for rank, item in enumerate(items)]
    entries = lay_out(order, {item.passage.id: item for item in items}, asker or Asker(), layout)
    return [(entry.placed.passage.id, entry.also_in) for entry in entries]


def test_what_the_asker_may_not_read_is_left_out_whatever_the_store_gave() -> None:
    items = (placed("a", groups=("hr",)), placed("b"), placed("c", groups=("hr", "it")))
    assert page(*items) == [("b", [])]
    assert page(*items, asker=Asker(groups=frozenset({"it"}))) == [("b", []), ("c", [])]


def test_a_foreign_twin_is_not_named_and_does_not_hide_ones_own() -> None:
    items = (placed("a", LONG, groups=("hr",)), placed("b", LONG), placed("c", LONG, groups=("hr",)))
    assert page(*items) == [("b", [])]
    assert page(*items, asker=Asker(groups=frozenset({"hr"}))) == [("a", ["doc-b", "doc-c"])]


def test_what_is_no_longer_in_the_library_is_left_out() -> None:
    known = placed("b")
    assert [entry.placed for entry in lay_out([("gone", 2.0), ("b", 1.0)], {"b": known}, Asker(), WIDE)] == [known]


def test_one_document_does_not_fill_the_page() -> None:
    items = [placed(f"p{number}", document="one") for number in range(3)]
    layout = Layout(hits=3, per_document=2)
    assert [name for name, _ in page(*items, placed("other"), layout=layout)] == ["p0", "p1", "other"]


def test_the_page_ends_where_it_is_full() -> None:
    assert [name for name, _ in page(placed("a"), placed("b"), layout=Layout(hits=1, per_document=1))] == ["a"]


def test_nearly_the_same_is_shown_once() -> None:
    said = " ".join(f"word{number}" for number in range(60))
    assert page(placed("a", said), placed("b", said + " anew")) == [("a", ["doc-b"])]
    other = " ".join(f"word{number}" for number in range(30)) + " " + " ".join(f"other{number}" for number in range(30))
    assert [name for name, _ in page(placed("a", said), placed("b", other))] == ["a", "b"]


def test_short_texts_are_the_same_only_when_they_are_equal() -> None:
    assert page(placed("a", "Yes,  it IS."), placed("b", "yes, it is.")) == [("a", ["doc-b"])]
    assert len(page(placed("a", "Yes, it is."), placed("b", "No, it is."))) == 2


def test_a_second_passage_of_the_same_document_is_no_other_document() -> None:
    assert page(placed("a", LONG, document="one"), placed("b", LONG, document="one")) == [("a", [])]
