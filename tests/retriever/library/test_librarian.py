from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hone.errors import HoneError
from hone.records import Document, Passage
from hone.workspace import Workspace
from retriever.cutting.window import hash_text
from retriever.library.librarian import Librarian
from retriever.library.library import Library
from retriever.library.rows import NEWEST, OLDEST, Fingerprint, Rejection, StoredDocument, moment_of


@pytest.fixture
def workspace(make_workspace: Callable[..., Workspace]) -> Workspace:
    return make_workspace()


@pytest.fixture
def library(workspace: Workspace) -> Library:
    return Library(workspace.database)


@pytest.fixture
def librarian(workspace: Workspace) -> Librarian:
    return Librarian(workspace.database)


def shelved(name: str, *texts: str, source: str = "s", title: str = "T", path: str = "") -> StoredDocument:
    document = Document(
        id=name,
        source=source,
        path=path or name,
        title=title,
        kind="md",
        url="",
        groups=frozenset({"everyone"}),
        modified=datetime(2026, 1, 1, tzinfo=UTC),
        text_hash=hash_text("".join(texts)),
    )
    passages = tuple(
        Passage(
            id=f"{name}:{text}", document=name, ordinal=place, heading=(), preface="", text=text, start=0, end=len(text)
        )
        for place, text in enumerate(texts)
    )
    whole = Fingerprint(item=name, version="1", content_hash="h")
    return StoredDocument(
        document=document, text="".join(texts), syntax="plain", warnings=("w",), fingerprint=whole, passages=passages
    )


def changed(library: Library, since: int) -> list[str]:
    return [item.passage.id for item in library.changed(since)]


def test_an_index_hears_of_exactly_what_changed(library: Library, librarian: Librarian) -> None:
    librarian.put([shelved("a", "one", "two"), shelved("b", "three")])
    first = library.revision()
    assert changed(library, 0) == ["a:one", "a:two", "b:three"]
    librarian.put([shelved("a", "one", "four")])
    assert changed(library, first) == ["a:four"]
    assert library.removed(first) == ["a:two"]
    assert library.count_changed(first) == 1


def test_a_title_is_in_every_vector_so_all_passages_change_with_it(library: Library, librarian: Librarian) -> None:
    librarian.put([shelved("a", "one", "two")])
    first = library.revision()
    librarian.put([shelved("a", "one", "two", title="Another")])
    assert changed(library, first) == ["a:one", "a:two"]


def test_a_passage_that_comes_back_is_not_removed(library: Library, librarian: Librarian) -> None:
    librarian.put([shelved("a", "one", "two")])
    librarian.put([shelved("a", "one")])
    librarian.put([shelved("a", "one", "two")])
    assert library.removed(0) == []
    assert "a:two" in changed(library, 1)


def test_other_readers_are_announced_only_where_they_are_others(library: Library, librarian: Librarian) -> None:
    librarian.put([shelved("a", "one"), shelved("b", "two", source="other")])
    before = library.revision()
    librarian.restate([replace(library.kept("s")["a"], groups=frozenset({"hr", "it"}))])
    assert changed(library, before) == ["a:one"]
    assert library.readers(["a:one", "b:two", "gone"]) == {"a:one": {"hr", "it"}, "b:two": {"everyone"}}
    assert library.groups() == {"hr", "it", "everyone"}
    librarian.restate([])
    assert library.revision() == before + 1


def test_documents_may_change_their_places(library: Library, librarian: Librarian) -> None:
    librarian.put([shelved("a", "one"), shelved("b", "two")])
    kept = library.kept("s")
    librarian.restate([replace(kept["a"], path="b", url="x"), replace(kept["b"], path="a")])
    assert {item.id: (item.path, item.url) for item in library.documents()} == {"a": ("b", "x"), "b": ("a", "")}


def test_a_touched_document_is_not_announced(library: Library, librarian: Librarian) -> None:
    librarian.put([shelved("a", "one")])
    before = library.revision()
    librarian.touch({"a": "2"})
    assert (library.kept("s")["a"].fingerprint.version, library.revision()) == ("2", before)


def test_removing_takes_the_passages_along(library: Library, librarian: Librarian) -> None:
    librarian.put([shelved("a", "one"), shelved("b", "two")])
    before = library.revision()
    librarian.remove(["a", "nobody"])
    assert library.count() == (1, 1)
    assert library.removed(before) == ["a:one"]
    assert library.place(["a:one", "b:two"]).keys() == {"b:two"}
    librarian.remove([])
    assert library.known_ids(["a", "a:one", "b", "b:two"]) == {"b", "b:two"}


def test_a_document_is_found_by_id_and_by_a_path_that_is_its_own(library: Library, librarian: Librarian) -> None:
    librarian.put([shelved("s/x.md", "1", path="x.md"), shelved("o/x.md", "2", path="x.md", source="o")])
    librarian.put([shelved("s/y.md", "3", path="y.md")])
    assert library.document("y.md").id == "s/y.md"
    assert library.document("o/x.md").source == "o"
    with pytest.raises(HoneError, match=r"^2 .*'x\.md': [os]/x\.md, [os]/x\.md"):
        library.document("x.md")
    assert library.text("s/y.md") == "3"
    assert library.warnings("s/y.md") == ("w",)


def test_more_ids_than_fit_in_one_statement(library: Library, librarian: Librarian) -> None:
    librarian.put([shelved("a", *map(str, range(1200)))])
    names = [f"a:{number}" for number in range(1200)]
    assert library.place(names).keys() == set(names)
    assert library.readers(names).keys() == set(names)
    librarian.remove(["a"])
    assert len(library.removed(0)) == 1200


def test_rejections_are_remembered_until_absolved(library: Library, librarian: Librarian) -> None:
    for reason in ("broken", "broken again"):
        rejection = Rejection(
            source="s",
            path="x.pdf",
            reason=reason,
            cause="time",
            groups=frozenset({"hr"}),
            limit=9.0,
            item="x",
            version="1",
        )
        librarian.reject([rejection])
    assert library.rejections("s") == [rejection]
    assert library.rejections("other") == []
    librarian.absolve("s", ["x.pdf"])
    assert library.rejections() == []


@pytest.mark.parametrize(("seconds", "year"), [(OLDEST * 9, 1), (0.0, 1970), (NEWEST * 9, 9999), (float("inf"), 9999)])
def test_times_beyond_all_calendars_become_the_nearest_there_is(seconds: float, year: int) -> None:
    assert moment_of(seconds).year == year
