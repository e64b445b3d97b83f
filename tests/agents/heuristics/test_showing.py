from dataclasses import replace

from agents.heuristics.blocks import LONG, LONGEST, blocks_of
from agents.heuristics.showing import shown
from tests.evidence import make_hit

FILLER = "and so on with words that fill a line until it is long enough for a test of lists"


def texts(markdown: str, answering: str) -> list[str]:
    hit = make_hit(markdown)
    (block,) = blocks_of(hit)
    place = next(n for n, (start, end) in enumerate(block.sentences) if answering in hit.text[start:end])
    return [hit.text[span.start : span.end] for span in shown(block, hit.text, place)]


def test_what_is_short_is_shown_whole():
    assert texts("You need:\n\n- a badge\n- a code\n", "code") == ["You need:\n\n- a badge\n- a code"]


def test_items_that_nothing_announces_stand_alone():
    items = [f"- Thing {number} {FILLER}." for number in range(8)]
    assert texts("\n".join(items), "Thing 5") == [f"Thing 5 {FILLER}."]


def test_steps_go_on_from_the_one_that_answers_under_what_announces_them():
    steps = [f"{number}. Step {number} {FILLER}." for number in range(1, 20)]
    intro, rest = texts("Do this. In this order:\n\n" + "\n".join(steps), "Step 4 ")
    assert intro == "Do this. In this order:"
    assert rest.startswith("4. Step 4 ")
    assert rest.count("\n") > 2
    assert len(rest) <= LONGEST


def test_an_item_of_an_item_comes_with_the_one_above():
    inner = [f"  - Case {number} {FILLER}." for number in range(4)]
    markdown = "\n".join([f"- Trains {FILLER}.", *inner, f"- Flights {FILLER}.", *inner[:2]])
    above, item = texts(markdown, "Case 2")
    assert above.startswith("- Trains")
    assert item.strip().startswith("- Case 2")


def test_a_paragraph_brings_the_sentence_that_the_answer_leans_on():
    sentences = [f"Thing {number} {FILLER}." for number in range(9)]
    sentences[4] = f"It closes at nine {FILLER}."
    (found,) = texts(" ".join(sentences), "closes at nine")
    assert found.startswith("Thing 3")
    assert len(found) <= LONG


def test_nothing_ends_where_something_is_announced():
    sentences = [f"Thing {number} {FILLER}." for number in range(3)]
    sentences += [f"These are the points of {FILLER}:", f"Thing 9 {FILLER} {FILLER} {FILLER}."]
    (found,) = texts(" ".join(sentences), "Thing 0")
    assert found.endswith(".")


def test_of_code_all_is_shown_and_beside_another_block_only_whole_lines_from_the_one_that_answers():
    lines = [f"sweep yard_{number} --with broom" for number in range(30)]
    hit = replace(make_hit("\n".join(lines), "a.sh"), kind="sh")
    (block,) = blocks_of(hit)
    (whole,) = shown(block, hit.text, 12)
    (brief,) = shown(block, hit.text, 12, most=100)
    assert hit.text[whole.start : whole.end] == hit.text
    assert hit.text[brief.start : brief.end].splitlines() == lines[12:15]
