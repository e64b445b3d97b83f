"""Text that is not ours shows as it is, and does nothing."""

import re

import pytest

from ui.safe import JOINER, plain, plain_paragraphs, short

HOSTILE = [
    "![x](http://evil.example/a.png)",
    "[click](javascript:alert(1))",
    "<img src=http://evil.example/a.png onerror=alert(1)>",
    "http://evil.example/?q=1 and www.evil.example",
    "ana@evil.example",
    ":red[danger] :material/home: :smile: :red-badge[x] :shimmer[x]",
    "$E=mc^2$ and $$x$$",
    "# heading",
    "1. list",
    "- list",
    "| a | b |",
    "**bold** _it_ ~~gone~~ `code`",
    "a -> b <- c -- d >= e",
    "[ref]: http://evil.example",
    "&lt;b&gt; &#33;",
    "\\escaped\\",
    "file:///etc/passwd mailto:ana@evil.example",
]


def shown(markdown: str) -> str:
    """Read Markdown that is nothing but escaped text, as a renderer would; anything else is an error."""
    text = re.sub(r"\\([!-/:-@\[-`{-~])", lambda found: chr(ord(found[1]) + 0xE000), markdown)
    assert not re.search(r"[!-/:-@\[-`{-~]", text), f"unescaped in {markdown!r}"
    return "".join(chr(ord(letter) - 0xE000) if 0xE000 <= ord(letter) < 0xE100 else letter for letter in text)


@pytest.mark.parametrize("text", HOSTILE)
def test_every_sign_is_escaped_and_reads_as_before(text: str) -> None:
    assert shown(plain(text)).replace(JOINER, "") == " ".join(text.split())


@pytest.mark.parametrize("text", HOSTILE)
def test_what_streamlit_looks_for_in_unescaped_text_is_not_there(text: str) -> None:
    left = shown(plain(text))
    assert not re.search(r"https?://|www\.|[\w.]@|@\w|:[\w+-]+:|:material/|->|<-|--|>=|mailto:\w", left)


def test_a_label_is_one_line_without_hidden_letters() -> None:
    assert plain("a\n\n# b\u202e\u200b c") == "a \\# b c"


def test_an_unfinished_answer_keeps_its_lists_and_emphasis_and_nothing_else() -> None:
    written = plain_paragraphs("To do:\n\n- **Open** it [1]\n- <b>never</b> **so\n\n# no :red[x]")
    assert written.splitlines() == [
        "To do\\:",
        "",
        "- **Open** it \\[1\\]",
        "- \\<b\\>never\\<\\/b\\> so",
        "",
        "\\# no \\:\u2060red\\[x\\]",
    ]


def test_emphasis_cannot_carry_markup() -> None:
    assert plain_paragraphs("**[x](http://e.example)**") == f"**{plain('[x](http://e.example)')}**"


def test_short_cuts_at_a_word() -> None:
    assert short("one two three four", 12) == "one two…"
    assert short("one two", 12) == "one two"
    assert len(short("x" * 50, 12)) == 12
