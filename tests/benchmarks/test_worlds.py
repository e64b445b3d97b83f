"""The table of worlds, on a world small enough to know what the product finds in it."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.worlds.__main__ import main
from benchmarks.worlds.answers import KeptAnswer, Quoted, Shown, read_answers, write_answers
from benchmarks.worlds.known import FEWEST, WorldQuestion, drawn
from benchmarks.worlds.paired import differences
from benchmarks.worlds.scoring import SCORES, figures_of
from eval.records import EvalQuestion

PAGES = {
    "parking.md": "# Parking\n\nVisitors park behind the mill. A visitor badge is needed at the barrier.\n",
    "trains.md": "# Trains\n\nTrain journeys are booked in Kestrel. Second class is paid for every train journey.\n",
    "planes.md": "# Planes\n\nPlane journeys are booked by the travel desk. They need a manager's approval.\n",
    "laptops.md": "# Laptops\n\nA broken laptop is replaced by the service desk within two working days.\n",
}
QUESTIONS: list[dict[str, Any]] = [
    {
        "_id": "q1",
        "kind": "single",
        "text": "Where do visitors park?",
        "answer": "Behind the mill.",
        "gold": ["parking.md"],
        "quote": ["Visitors park behind the mill."],
        "also_ok": [],
    },
    {
        "_id": "q2",
        "kind": "followup",
        "text": "and what about those?",
        "history": [["user", "How are plane journeys booked?"], ["assistant", "By the travel desk."]],
        "answer": "A manager.",
        "gold": ["planes.md"],
        "quote": ["They need a manager's approval."],
        "also_ok": [],
    },
    {
        "_id": "q3",
        "kind": "none",
        "text": "What does the quarterly aquarium subscription cost?",
        "answer": "Not said.",
        "gold": [],
        "quote": [],
        "also_ok": [],
    },
]


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run the benchmark on the small world, and name its result."""
    world, home = tmp_path / "mill", tmp_path / "homes" / "mill"
    for folder in (world, home):
        folder.mkdir(parents=True)
    for name, text in PAGES.items():
        (world / name).write_text(text, encoding="utf-8")
    (world / "questions.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in QUESTIONS), encoding="utf-8")
    (home / "hone.toml").write_text('[encoder]\nmodel = "hash"\n', encoding="utf-8")
    _run(monkeypatch, world, "--home", home.parent, "--results", tmp_path / "now.json", "--data", tmp_path)
    return tmp_path / "now.json"


def test_the_product_is_asked_and_measured(results: Path) -> None:
    kept = {item.id: item for item in read_answers(results.with_suffix("") / "mill.jsonl")}
    kinds = json.loads(results.read_text(encoding="utf-8"))["worlds"]["mill"]["kinds"]
    assert kept["q1"].searched[0] == kept["q1"].evidence[0].document == "mill/parking.md"
    assert {shown.document for item in kept.values() for shown in item.evidence} <= {f"mill/{name}" for name in PAGES}
    single = kinds["single"]
    assert single["search R@10"] == single["search acc@1"] == single["ask acc@1"] == single["cited"] == 1
    assert single["gold words shown"] == single["answered"] == 1
    assert kinds["none"]["search R@10"] is None
    assert kinds["none"]["gold words shown"] is None
    assert [kinds["all"][name] for name in ("questions", "AUROC answerable", "AUROC none")] == [3, 2, 1]


def test_a_follow_up_is_asked_in_its_conversation(results: Path) -> None:
    kept = {item.id: item for item in read_answers(results.with_suffix("") / "mill.jsonl")}
    assert kept["q2"].searched[:1] != ("mill/planes.md",)  # as typed it says nothing of planes
    assert kept["q2"].evidence[0].document == "mill/planes.md"


def test_kept_answers_are_measured_again_beside_an_earlier_result(
    results: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = results.with_name("before.json")
    earlier = json.loads(results.read_text(encoding="utf-8"))
    earlier["worlds"]["mill"]["kinds"]["single"]["cited"] = 0.25
    before.write_text(json.dumps(earlier), encoding="utf-8")
    capsys.readouterr()
    world = results.with_name("mill")
    _run(monkeypatch, world, "--again", "--results", results, "--before", before, "--data", world)
    single = next(line for line in capsys.readouterr().out.splitlines() if "single" in line)
    assert "0.25 → 1.00" in single


def test_an_interrupted_run_asks_only_what_is_left(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, world = results.with_suffix("") / "mill.jsonl", results.with_name("mill")
    kept = read_answers(file)
    write_answers(file, [kept[0].model_copy(update={"text": "kept"}), kept[1]])
    home = results.with_name("homes")
    _run(monkeypatch, world, "--home", home, "--results", results, "--data", world, "--resume")
    now = read_answers(file)
    assert [item.id for item in now] == [item.id for item in kept]
    assert now[0].text == "kept"
    assert now[2].text == kept[2].text


def test_a_page_that_answers_too_counts_and_is_never_required() -> None:
    item = _answer(gold=("a",), also_ok=("b",), searched=("b", "c", "a"))
    assert [SCORES[f"search {name}"](item) for name in ("R@10", "acc@1", "nDCG@10")] == [1, 1, 1]
    both = _answer(gold=("a", "d"), also_ok=("b",), searched=("b", "a"))
    assert [SCORES[f"search {name}"](both) for name in ("R@10", "acc@1")] == [1, 1]
    neither = _answer(gold=("a", "d"), also_ok=("b",), searched=("c", "a"))
    assert [SCORES[f"search {name}"](neither) for name in ("R@10", "acc@1")] == [0.5, 0]


def test_words_count_as_shown_from_four_fifths_on() -> None:
    quote = "alder birch cedar maple willow"
    some = Quoted(number=1, document="a", title="A", quote="maple")
    assert SCORES["gold words shown"](_answer(gold=("a",), quotes=(quote,), text="Alder, birch, [cedar](x/y).")) == 0
    shown = _answer(gold=("a",), quotes=(quote,), text="Alder, birch, [cedar](x/y).", citations=(some,))
    assert SCORES["gold words shown"](shown) == 1
    halves = [Shown(document="a", title="A", text=text) for text in ("alder birch cedar", "maple willow")]
    assert SCORES["gold words in evidence"](_answer(gold=("a",), quotes=(quote,), evidence=halves)) == 0


def test_the_chance_that_what_has_an_answer_is_surer() -> None:
    answers = [
        _answer(id=str(place), answerable=able, probability=chance, verdict=verdict)
        for place, (able, chance, verdict) in enumerate(
            [(True, 0.9, "sufficient"), (True, 0.3, "insufficient"), (False, 0.5, "partial"), (False, None, "greeting")]
        )
    ]
    figures = figures_of(answers)
    assert [figures[name] for name in ("AUROC", "AUROC answerable", "AUROC none")] == [0.5, 2, 1]
    assert [figures[name] for name in ("refused", "answered", "best match")] == [0.5, 0.5, 0]


def test_changes_are_paired_by_question_and_carry_an_interval() -> None:
    before = [_answer(id=str(place), gold=("a",), searched=("b", "a")) for place in range(20)]
    now = [_answer(id=str(place), gold=("a",), searched=("a",) if place < 10 else ("b", "a")) for place in range(25)]
    found = {name: (count, gain) for name, count, gain in differences(now, before)}
    assert set(found) == {"search acc@1", "search nDCG@10"}
    count, gain = found["search acc@1"]
    assert (count, gain.mean, gain.excludes_zero) == (20, 0.5, True)
    assert 0.2 < gain.low < gain.high < 0.8
    assert list(differences(before, before)) == []


def test_a_draw_is_by_seed_and_keeps_what_is_rare() -> None:
    kinds = ["single"] * 300 + ["none"] * 30 + ["howto"] * 5
    questions = [
        WorldQuestion(question=EvalQuestion(id=f"q{place}", text="?"), kind=kind) for place, kind in enumerate(kinds)
    ]
    chosen = drawn(questions, 100, 7)
    counts = [sum(item.kind == kind for item in chosen) for kind in ("single", "none", "howto")]
    assert counts == [75, FEWEST, 5]
    assert drawn(questions[::-1], 100, 7) == chosen
    assert drawn(questions, 100, 8) != chosen


def _answer(**given: Any) -> KeptAnswer:
    known = {"world": "w", "id": "1", "kind": "single", "question": "?", "verdict": "sufficient", "text": ""}
    return KeptAnswer.model_validate({**known, "answerable": True, **given})


def _run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setattr("sys.argv", ["worlds", *map(str, arguments)])
    main()
