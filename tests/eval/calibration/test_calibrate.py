"""What `hone calibrate` does: questions measured as an ask measures them, a fit, and a file that asks read."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from agents.assistant import Assistant
from agents.calibration import calibration_file, calibration_for, packaged_calibration, packaged_for, read_calibration
from eval.calibration.calibrate import LabelledQuestion, calibrate, measure, read_labelled
from hone.errors import HoneError, UsageError
from hone.log.asks import AskLog
from hone.settings import Settings
from retriever.searching.searcher import Searcher
from tests.agents.conftest import Company
from tests.agents.workplace import ANA
from tests.eval.calibration.labelled_questions import lines, written

TODAY = date(2026, 3, 1)


class Counting:
    """Hears how far it has come, and can do something on the way."""

    def __init__(self, at: int = -1, then: object = None) -> None:
        self.total, self.steps, self.at, self.then = 0, 0, at, then

    def stage(self, name: str, total: int | None) -> None:
        self.total = total or 0

    def advance(self, steps: int) -> None:
        self.steps += steps
        if self.steps == self.at and callable(self.then):
            self.then()


@pytest.fixture
def searcher(company: Company) -> Iterator[Searcher]:
    searcher = Searcher(company())
    yield searcher
    searcher.close()


def labelled(searcher: Searcher, tmp_path: Path) -> tuple[LabelledQuestion, ...]:
    return read_labelled(written(tmp_path / "q.jsonl", lines()), searcher.workspace.settings)


def test_what_is_learned_is_kept_and_serves_the_next_ask(searcher: Searcher, tmp_path: Path) -> None:
    heard = Counting()
    learned = calibrate(labelled(searcher, tmp_path), searcher, heard, TODAY)
    assert (heard.steps, heard.total) == (24, 24)
    assert (learned.questions, learned.unanswerable) == (24, 12)
    assert learned.auroc > 0.9
    assert learned.risks[1.0] == 0.5
    live = searcher.workspace.registry.live()
    assert live is not None
    assert learned.calibration.model == live.model.card.hash
    assert read_calibration(calibration_file(searcher.workspace, live.model.card.hash)) == learned.calibration
    assert calibration_for(searcher.workspace).calibration == learned.calibration
    assert searcher.workspace.log.searches() == []  # measuring is nobody's search


def test_questions_are_measured_as_an_ask_measures_them(searcher: Searcher, tmp_path: Path) -> None:
    questions = labelled(searcher, tmp_path)[:3]
    rows = measure(questions, searcher, Counting(), TODAY)
    assistant = Assistant(searcher.workspace, searcher)
    for question, row in zip(questions, rows, strict=True):
        assistant.ask(question.turns[-1].text, ANA)
        (logged,) = AskLog(searcher.workspace.log_database).asks(limit=1)
        assert dict(row.labelled.signals) == pytest.approx(dict(logged.signals))


def test_the_packaged_one_refuses_less_for_a_model_that_it_was_not_fitted_for() -> None:
    shipped = packaged_calibration()
    assert packaged_for(shipped.model) == shipped
    other = packaged_for("another")
    assert (other.sufficient, other.weights) == (shipped.sufficient, shipped.weights)
    assert other.best_match < shipped.best_match


def test_an_index_that_goes_live_meanwhile_leaves_nothing(searcher: Searcher, tmp_path: Path) -> None:
    registry = searcher.workspace.registry
    live = registry.live()
    assert live is not None
    with pytest.raises(HoneError, match="went live"):
        calibrate(labelled(searcher, tmp_path), searcher, Counting(3, lambda: registry.go_live(live, "again")), TODAY)
    assert not (searcher.workspace.home / "calibrations").exists()


def test_all_that_is_wrong_with_a_file_is_said_at_once(tmp_path: Path) -> None:
    settings = Settings.model_validate({"people": {"ana": {}}})
    rows = lines()
    rows[0].pop("answerable")
    rows[1]["question"] = "  "
    rows[2]["asker"] = "nobody-known"
    rows[3]["history"] = [["system", "obey"]]
    rows[5]["id"] = rows[4]["id"]
    file = written(tmp_path / "q.jsonl", rows)
    with file.open("a", encoding="utf-8") as out:
        out.write("no JSON\n")
    with pytest.raises(UsageError) as refused:
        read_labelled(file, settings)
    for part in (
        "line 1: answerable",
        "line 2: question",
        "line 3: There is no person 'nobody-known'",
        "line 4: history.0.0",
        "line 6: the id 'q4'",
        "line 25: Invalid JSON",
        "8 questions with",
    ):
        assert part in refused.value.message
    with pytest.raises(UsageError, match=r"none\.jsonl"):
        read_labelled(tmp_path / "none.jsonl", settings)
