import pytest

from retriever.sources.connector import SourceItem
from retriever.sources.source import ReadersRule, Source, SourceRules, exactly, free_id, printable


def rules(**fields: object) -> SourceRules:
    return SourceRules(Source(name="docs", address="/docs", groups=frozenset({"all"}), **fields))  # pyright: ignore[reportArgumentType]  # fields of any type


def item(path: str, readers: frozenset[str] | None = None) -> SourceItem:
    return SourceItem(id=path, path=path, version="1", readers=readers)


@pytest.mark.parametrize("name", ["a[1].md", "!a.md", "#a.md", "a b .md", "*.md", "\\a.md", "b?.md", "https://x//a"])
def test_a_pattern_of_one_path_is_of_no_other(name: str) -> None:
    ignoring = rules(ignore=(exactly(name),))
    others = {"a1.md", "a.md", "bb.md", "https://x/a"} - {name}
    assert not ignoring.wants(name)
    assert all(map(ignoring.wants, others))


def test_what_is_included_may_be_ignored() -> None:
    chosen = rules(include=("*.md",), ignore=("old/",))
    assert [path for path in ("a.md", "b.txt", "old/a.md", "new/a.md") if chosen.wants(path)] == ["a.md", "new/a.md"]


def test_the_last_rule_that_fits_names_the_readers() -> None:
    hr, nobody = frozenset({"hr"}), frozenset[str]()
    given = rules(readers=(ReadersRule(path="hr/**", groups=hr), ReadersRule(path="hr/board/", groups=nobody)))
    assert given.readers(item("a.md")) == {"all"}
    assert given.readers(item("hr/a.md")) == {"hr"}
    assert given.readers(item("hr/board/a.md")) == {"admin"}
    assert given.readers(item("hr/a.md", frozenset({"own"}))) == {"own"}
    assert given.readers(item("a.md", nobody)) == {"admin"}


def test_a_document_is_opened_at_its_own_address_or_below_its_sources() -> None:
    assert rules(url="https://wiki.example/").url(item("it/a.md")) == "https://wiki.example/it/a.md"
    assert rules().url(item("a.md")) == ""
    own = SourceItem(id="a", path="a", version="1", url="https://own.example")
    assert rules(url="https://wiki.example/").url(own) == "https://own.example"


def test_free_ids_are_free() -> None:
    taken = {"a", "a~2"}
    assert [free_id("a", taken), free_id("a", taken), free_id("b", taken)] == ["a~3", "a~4", "b"]


def test_names_are_made_printable() -> None:
    assert printable("grün\x1b[31m\udce9\n") == "grün\\x1b[31m\\udce9\\n"
