"""Which tiers are tried, what they begin from, and which attempt is taken."""

import time
from dataclasses import replace
from pathlib import Path

from retriever.encoding.modelfolder import find_model_folder
from retriever.progress import Silent
from tests.training.lessons import directions, lesson
from training.choosing import Classroom, try_tiers
from training.lesson import Example, Lesson
from training.plan import Plan

WIDTH = 384


def classroom(made: Lesson, rooms: Path, seconds: float = 60, **plan: str) -> Classroom:
    return Classroom(
        lesson=made,
        source=find_model_folder(""),
        rooms=rooms,
        plan=Plan(**plan),  # pyright: ignore[reportArgumentType]  # strings alone are set here
        until=time.monotonic() + seconds,
    )


def saturated(examples: int) -> Lesson:
    vectors = directions(60, WIDTH)
    return lesson(vectors, vectors, tuple(Example(question=n % 60, positive=n % 60) for n in range(examples)))


def test_where_everything_is_right_already_nothing_is_chosen(tmp_path: Path) -> None:
    choice = try_tiers(classroom(saturated(250), tmp_path), Silent())
    assert choice.best is None
    assert [(item.tier, bool(item.said)) for item in choice.tried] == [
        ("fusion", True),
        ("query-head", True),
        ("two-sided-head", True),
        ("lora", True),
        ("full", True),
    ]


def test_every_tier_that_is_not_tried_says_why(tmp_path: Path) -> None:
    few = {item.tier: item.said for item in try_tiers(classroom(saturated(20), tmp_path), Silent()).tried}
    assert "takes 100 examples, and there are 20" in few["query-head"]
    late = {item.tier: item.said for item in try_tiers(classroom(saturated(250), tmp_path, 10), Silent()).tried}
    assert "takes 20 seconds" in late["query-head"]
    many = {item.tier: item.said for item in try_tiers(classroom(saturated(1200), tmp_path, 25), Silent()).tried}
    assert "the whole encoder is fitted in its time" in many["lora"]


def test_from_another_base_nothing_is_tried_that_stands_on_the_live_model(tmp_path: Path) -> None:
    tried = try_tiers(classroom(saturated(250), tmp_path, base="default"), Silent()).tried
    assert all("stands on the live model" in item.said for item in tried[:3])


def test_weights_in_force_stay_where_only_clicks_speak(tmp_path: Path) -> None:
    made = saturated(250)
    clicked = replace(made, dev=replace(made.dev, free=made.dev.free & False))
    (fusion,) = try_tiers(classroom(clicked, tmp_path, tier="fusion"), Silent()).tried
    assert "Nothing to learn weights from" in fusion.said
