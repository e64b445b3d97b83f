import pytest

from agents.heuristics.reading import beginning, read_plainly


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("> [!WARNING]\n> It may take two minutes.", "It may take two minutes."),
        ("[!NOTE] A receipt is needed.", "A receipt is needed."),
        ("**All of you: **stay here.", "All of you: stay here."),
        ("Call a collector\\\nand wait.", "Call a collector and wait."),
        ("Fish &amp; chips", "Fish & chips"),
        ("2 ** 3 ** 4", "2 ** 3 ** 4"),
    ],
)
def test_marks_are_not_read_aloud(written: str, read: str):
    assert read_plainly(written) == read


def test_a_table_begins_with_its_cells_and_code_keeps_its_bars():
    assert beginning("| Code | Meaning |\n| --- | --- |\n| P1 | all stand |", 80) == "Code · Meaning P1 · all stand"
    assert beginning("Type `a || b` to wait.", 80) == "Type `a || b` to wait."
