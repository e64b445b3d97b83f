from hypothesis import given
from hypothesis import strategies as st

from agents.heuristics.sentences import Unit, read_aloud, units_of
from tests.evidence import make_hit

PAGE = """# Leash

The leash puts you on
the network. You do not need it.

- Click the icon.
- Accept the terms

| Code | Meaning |
|---|---|
| LSH-412 | expired |

```sh
leash up
```
"""


def forms(text: str, document: str = "a.md") -> list[tuple[str, str]]:
    return [(unit.form, unit.text) for unit in units_of(make_hit(text, document))]


def test_a_page_is_taken_apart_and_headings_are_no_answers():
    assert forms(PAGE) == [
        ("sentence", "The leash puts you on\nthe network."),
        ("sentence", "You do not need it."),
        ("item", "Click the icon."),
        ("item", "Accept the terms"),
        ("row", "| LSH-412 | expired |"),
        ("line", "leash up"),
    ]


def test_code_is_taken_line_by_line():
    assert forms("limit = 3  # per user. At most\n\nprint(limit)\n", "a.py") == [
        ("line", "limit = 3  # per user. At most"),
        ("line", "print(limit)"),
    ]


def test_a_row_is_read_with_its_column_names():
    row = next(unit for unit in units_of(make_hit(PAGE)) if unit.form == "row")
    assert read_aloud(row) == "Code: LSH-412; Meaning: expired"
    assert read_aloud(Unit(form="row", text="| a | b |", start=0, end=9)) == "a; b"


@given(st.text(alphabet="ab. \n|-#`*1!", max_size=80), st.sampled_from(["a.md", "a.py"]))
def test_every_unit_stands_in_its_passage_to_the_letter(text: str, document: str):
    end = 0
    for unit in units_of(make_hit(text, document)):
        assert text[unit.start : unit.end] == unit.text
        assert unit.start >= end
        end = unit.end
