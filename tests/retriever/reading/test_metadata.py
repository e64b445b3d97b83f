"""What a document is called."""

import pytest

from retriever.reading.metadata import first_heading, plain_title
from tests.retriever.reading.test_parsers import parse


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("Search &amp; rescue", "Search & rescue"),
        ("Caf&eacute;&nbsp;&#8211; what&#x27;s\n on", "Café – what's on"),
        ("1 &lt; 2 &amp;amp; more", "1 < 2 &amp; more"),
        ("Q&A, Save&copy to file & more;", "Q&A, Save&copy to file & more;"),
        ("&nothing; is &#no; entity", "&nothing; is &#no; entity"),
        ("x" * 300, "x" * 200),
    ],
)
def test_a_title_is_one_line_without_entities(written: str, plain: str) -> None:
    assert plain_title(written) == plain
    assert first_heading(f"# {written.splitlines()[0]}\n") == plain_title(written.splitlines()[0])


def test_what_is_hidden_in_a_title_as_an_entity_is_taken_out() -> None:
    assert parse("a.md", "---\ntitle: Le&#x200b;a&#x202e;ve &amp; rest\n---\nText.\n").title == "Leave & rest"
    assert parse("b.md", "# Le&#x200b;ave &amp; rest\n\nText.\n").title == "Leave & rest"
