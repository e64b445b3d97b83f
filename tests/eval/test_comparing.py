"""Comparisons whose figures can be worked out by hand."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from eval.comparing import compare, contender
from eval.runs import EvalRun, ScoredQuestion, begin
from hone.errors import UsageError


def run_of(home: Path, system: str, scores: Sequence[float | None], first: int = 0, text: str = "question") -> EvalRun:
    with begin(home, "retrieval", {"of": [system, *scores], "first": first, "text": text}) as run:
        run.append(
            ScoredQuestion(
                id=f"q{place}", text=f"{text} {place}", scores={system: {"nDCG@10": score}}
            ).model_dump_json()
            for place, score in enumerate(scores, first)
        )
        run.finish({}, "", "")
    return run


def test_wins_ties_losses_and_regressions_are_counted(tmp_path: Path) -> None:
    before = contender(run_of(tmp_path, "old", [1.0, 0.5, 0.5, 0.0, 0.2]), "", "nDCG@10")
    after = contender(run_of(tmp_path, "new", [0.0, 0.5, 0.6, 1.0, 0.3]), "new", "nDCG@10")
    (found,) = compare(before, [after], "nDCG@10")
    assert (found.wins, found.ties, found.losses) == (3, 1, 1)
    assert (found.mean_before.mean, found.mean_after.mean) == pytest.approx((0.44, 0.48))
    assert found.difference.mean == pytest.approx(0.04)
    assert [change.id for change in found.changes][:2] == ["q0", "q1"]
    assert found.changes[0].difference == -1
    assert found.verdict == "no significant difference"
    assert found.p > 0.5


def test_a_clear_gain_is_called_better_and_its_mirror_worse(tmp_path: Path) -> None:
    low, high = [0.1, 0.2, 0.3, 0.2] * 10, [0.5, 0.6, 0.4, 0.7] * 10
    old, new = (
        contender(run_of(tmp_path, name, values), "", "nDCG@10") for name, values in (("old", low), ("new", high))
    )
    assert compare(old, [new], "nDCG@10")[0].verdict == "better"
    assert compare(new, [old], "nDCG@10")[0].verdict == "worse"
    found = compare(old, [new], "nDCG@10")[0]
    assert found.difference.low > found.detectable > 0


def test_several_candidates_are_corrected_for(tmp_path: Path) -> None:
    base = [0.5] * 30
    better = [0.5] * 24 + [0.6] * 6  # p about 2/64
    old = contender(run_of(tmp_path, "old", base), "", "nDCG@10")
    new = contender(run_of(tmp_path, "new", better), "", "nDCG@10")
    alone = compare(old, [new], "nDCG@10")[0]
    assert alone.p == alone.p_holm == pytest.approx(2 / 64, abs=0.01)
    assert alone.verdict == "better"
    among = compare(old, [new, new, new], "nDCG@10")
    assert [item.p_holm for item in among] == pytest.approx([3 * alone.p] * 3)
    assert among[0].verdict == "no significant difference"


def test_only_shared_questions_with_a_score_count(tmp_path: Path) -> None:
    old = contender(run_of(tmp_path, "old", [0.1, 0.2, None, 0.4]), "", "nDCG@10")
    new = contender(run_of(tmp_path, "new", [0.3, 0.3, 0.4], first=1), "", "nDCG@10")
    found = compare(old, [new], "nDCG@10")[0]
    assert [(change.id, change.before, change.after) for change in found.changes] == [
        ("q3", 0.4, 0.4),
        ("q1", 0.2, 0.3),
    ]
    assert (found.questions, found.left_out) == (2, 2)


def test_what_cannot_be_compared_is_refused(tmp_path: Path) -> None:
    old = contender(run_of(tmp_path, "old", [0.1, 0.2]), "", "nDCG@10")
    with pytest.raises(UsageError, match=r"in common"):
        compare(old, [contender(run_of(tmp_path, "new", [0.1], first=7), "", "nDCG@10")], "nDCG@10")
    with pytest.raises(UsageError, match="reads 'question 0' in one run and 'other 0'"):
        compare(old, [contender(run_of(tmp_path, "new", [0.1], text="other"), "", "nDCG@10")], "nDCG@10")
    run = run_of(tmp_path, "old", [0.1, 0.2], text="third")
    with pytest.raises(UsageError, match="no system 'dense'") as refused:
        contender(run, "dense", "nDCG@10")
    assert "old" in refused.value.hint
    with pytest.raises(UsageError, match=r"no R@20 of old"):
        contender(run, "old", "R@20")
