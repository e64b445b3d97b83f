"""Each rule for Markdown, on a document small enough to check by eye. A token is a word here."""

import pytest

from hone.records import Passage
from retriever.cutting.passages import cut
from retriever.cutting.window import Window
from retriever.reading.parsed import Parsed


def passages(text: str, title: str = "Handbook", limit: int = 120) -> tuple[Passage, ...]:
    window = Window(limit=limit, count=lambda text: len(text.split()))
    return cut(Parsed(title=title, text=text, syntax="markdown"), "d", window)


def said(count: int, start: str = "The manager approves") -> str:
    """Give a sentence of that many words."""
    return " ".join([*start.split(), *("really" for _ in range(count - len(start.split())))]) + "."


def test_a_section_is_a_passage_under_its_path_without_its_heading_line():
    text = f"# Travel\n\n{said(60, 'Anyone travels')}\n\n## Trains *and* `buses`\n\n{said(60, 'First class costs')}\n"
    first, second = passages(text)
    assert (first.heading, second.heading) == (("Travel",), ("Travel", "Trains and buses"))
    assert first.text == said(60, "Anyone travels")
    assert second.text == said(60, "First class costs")


def test_a_heading_with_one_line_is_joined_with_its_neighbour_under_their_parent():
    text = "# Contacts\n\n## Payroll\n\nWrite to Ana.\n\n## Garage\n\nWrite to Bo.\n\n" + f"## Rent\n\n{said(112)}\n"
    first, second = passages(text)
    assert first.heading == ("Contacts",)
    assert first.text == "## Payroll\n\nWrite to Ana.\n\n## Garage\n\nWrite to Bo."
    assert second.heading == ("Contacts", "Rent")


def test_sections_that_say_enough_are_not_joined():
    text = f"## One\n\n{said(45)}\n\n## Two\n\n{said(45)}\n"
    assert [passage.heading for passage in passages(text)] == [("One",), ("Two",)]


def test_a_tail_joined_to_the_next_section_names_the_heading_it_lost():
    text = f"# A\n\n## Long\n\n{said(100)}\n\n{said(70)}\n\n## See also\n\nThe wiki.\n"
    *_, last = passages(text)
    assert last.heading == ("A",)
    assert last.preface == "Long"
    assert last.text == said(70) + "\n\n## See also\n\nThe wiki."


def test_headings_above_nothing_are_text():
    only = passages("# Plan\n\n## To be written\n\n## Also to be written\n")
    assert [(passage.heading, passage.text) for passage in only] == [
        (("Plan",), "## To be written\n\n## Also to be written")
    ]


def test_a_long_paragraph_is_cut_between_sentences():
    sentences = [said(30, f"Rule {number} says") for number in range(9)]
    found = passages("## Rules\n\n" + " ".join(sentences) + "\n")
    assert len(found) == 3
    assert [passage.text for passage in found] == [" ".join(sentences[at : at + 3]) for at in (0, 3, 6)]


def test_a_list_stays_with_the_sentence_that_introduces_it():
    items = "\n".join(f"- {said(12, f'item {number}')}" for number in range(5))
    first, second = passages(f"{said(50)}\n\n{said(20)}\n\nBring with you:\n\n{items}\n")
    assert first.text == f"{said(50)}\n\n{said(20)}"
    assert second.text == f"Bring with you:\n\n{items}"


def test_a_list_too_long_is_cut_between_items_and_told_what_introduces_it():
    items = [f"- {said(20, f'item {number}')}\n  - {said(15, 'nested')}" for number in range(8)]
    first, *others = passages("Bring with you:\n\n" + "\n".join(items) + "\n")
    assert first.text.startswith("Bring with you:\n\n- item 0")
    assert all(passage.text.startswith("- item") for passage in others)
    assert {passage.preface for passage in others} == {"Bring with you:"}


def test_a_table_that_fits_is_whole():
    table = "| City | Rate |\n|------|------|\n" + "\n".join(f"| Town {n} | {n} |" for n in range(10))
    only = passages(f"The rates:\n\n{table}\n")
    assert [passage.text for passage in only] == [f"The rates:\n\n{table}"]


def test_a_table_too_long_is_cut_by_rows_under_its_header():
    rows = [f"| Town {number} | {said(10)} |" for number in range(30)]
    found = passages("| City   |  Rate |\n|--------|-------|\n" + "\n".join(rows) + "\n")
    assert len(found) > 2
    assert {passage.preface for passage in found} == {"| City | Rate |\n|-|-|"}
    assert "\n".join(passage.text for passage in found) == "\n".join(rows)


def test_a_table_whose_rows_alone_would_fit_keeps_its_header():
    rows = [f"| Town | {number} |" for number in range(23)]
    found = passages("| City | Rate |\n| --- | --- |\n" + "\n".join(rows) + "\n")
    assert len(found) == 2
    assert {passage.preface for passage in found} == {"| City | Rate |\n|-|-|"}


def test_a_header_too_long_to_repeat_is_text():
    header = "| " + said(60) + " | b |"
    rows = [f"| Town {number} | {said(20)} |" for number in range(6)]
    found = passages(f"{header}\n|---|---|\n" + "\n".join(rows) + "\n")
    assert header in found[0].text
    assert {passage.preface for passage in found} == {""}


def test_code_that_fits_is_whole_and_kept_with_what_announces_it():
    fence = "```sh\n" + "\n\n".join(f"run step {number}" for number in range(20)) + "\n```"
    first, second = passages(f"{said(70)}\n\nThen run:\n\n{fence}\n")
    assert (first.text, second.text) == (said(70), f"Then run:\n\n{fence}")


def test_code_too_long_is_cut_at_blank_lines():
    parts = ["\n".join(f"step {part} of {line}" for line in range(12)) for part in range(5)]
    found = passages("```\n" + "\n\n".join(parts) + "\n```\n")
    assert [passage.text for passage in found] == [
        "```\n" + parts[0],
        "\n\n".join(parts[1:3]),
        "\n\n".join(parts[3:]) + "\n```",
    ]


def test_quotes_and_html_are_paragraphs():
    text = f"> {said(50)}\n\n<div>\n{said(50)}\n</div>\n"
    assert [passage.text for passage in passages(text)] == [text.strip()]


@pytest.mark.parametrize("matter", ["---\ntitle: X\ntags: [a]\n---\n", "+++\ntitle = 'X'\n+++\n"])
def test_front_matter_is_left_out(matter: str):
    (only,) = passages(f"{matter}\n{said(20)}\n")
    assert only.text == said(20)
    assert only.start == len(matter) + 1


def test_a_rule_at_the_top_is_no_front_matter():
    (only,) = passages(f"---\n\n{said(20)}\n\n---\n")
    assert only.text == said(20)


def test_a_link_definition_is_not_lost():
    (only,) = passages(f"{said(20, 'See [the wiki][1]')}\n\n[1]: https://wiki.example/start\n")
    assert only.text.endswith("[1]: https://wiki.example/start")


def test_a_heading_as_long_as_a_paragraph_is_one():
    (only,) = passages(f"## {said(40)}\n\n{said(20)}\n")
    assert only.heading == ()
    assert only.text == f"## {said(40)}\n\n{said(20)}"


def test_a_section_of_links_counts_as_short():
    links = "\n".join(f"- [Form](https://forms.example/a b c d e f g h i j k l m n o p {n})" for n in range(2))
    text = f"# T\n\n## Forms\n\n{links}\n\n## Help\n\nAsk Ana.\n"
    assert [passage.heading for passage in passages(text)] == [("T",)]
