"""Reports: the same blocks as Markdown and HTML, safe whatever a question says, and needing nothing else."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from eval.reports.blocks import Fold, Heading, Paragraph, Picture, Report, Table
from eval.reports.plots import PlotBar, PlotPoint, bars, curves, histogram, scatter
from eval.reports.writing import to_html, to_markdown
from eval.statistics import NOTHING, Interval

NASTY = '<script src="https://evil.example/x.js">&|`*_[a](javascript:1)\n# no heading'
REPORT = Report(
    title=NASTY,
    blocks=[
        Heading(text=NASTY),
        Paragraph(text=NASTY, warning=True),
        Table(names=["a", NASTY], rows=[[NASTY, "1"]]),
        Picture(svg=bars([PlotBar(label=NASTY, value=Interval(mean=0.5, low=0.4, high=0.6))]), caption=NASTY),
        Fold(title=NASTY, blocks=[Paragraph(text=NASTY)]),
    ],
)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes += attrs


def test_html_holds_no_markup_of_others_and_asks_nobody_for_anything() -> None:
    page = to_html(REPORT)
    tags = Tags()
    tags.feed(page)
    assert "script" not in tags.seen
    assert not {"link", "img", "iframe", "a", "object"} & set(tags.seen)
    assert not [name for name, _ in tags.attributes if name in ("src", "href") or name.startswith("on")]
    assert "default-src 'none'" in page
    assert {"svg", "table", "details", "h1", "h2"} <= set(tags.seen)


def test_markdown_holds_no_markup_of_others() -> None:
    text = to_markdown(REPORT)
    assert "<script" not in text
    assert not re.search(r"(?<!\\)\[a", text)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {3}
    assert [line for line in text.splitlines() if line.startswith("# ")] == [text.splitlines()[0]]


@pytest.mark.parametrize(
    "svg",
    [
        bars([]),
        bars([PlotBar(label=NASTY, value=NOTHING), PlotBar(label="b", value=Interval(mean=2.0, low=-1.0, high=9.0))]),
        histogram({NASTY: [0.0, 0.5, 1.0], "empty": []}),
        scatter([PlotPoint(x=0, y=1, note=NASTY)] * 5, x=NASTY, y="b"),
        curves({NASTY: [PlotPoint(x=0, y=0), PlotPoint(x=1, y=2)], "none": []}, x="coverage", y="risk"),
    ],
)
def test_pictures_are_well_formed_and_stay_inside_their_frame(svg: str) -> None:
    root = ElementTree.fromstring(svg)
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for node in root.iter():
        for name, most in (("x", width), ("y", height), ("cx", width), ("cy", height)):
            assert -1 <= float(node.attrib.get(name, 0)) <= most
        assert float(node.attrib.get("width", 0)) >= 0


def test_bars_are_as_long_as_their_figures() -> None:
    root = ElementTree.fromstring(
        bars([PlotBar(label=str(mean), value=Interval(mean=mean, low=mean, high=mean)) for mean in (0.2, 0.4, 0.8)])
    )
    lengths = [float(node.attrib["width"]) for node in root.iter() if node.tag.endswith("rect")]
    assert lengths[1] == pytest.approx(2 * lengths[0], rel=0.01)
    assert lengths[2] == pytest.approx(4 * lengths[0], rel=0.01)


def test_a_scatter_puts_questions_of_one_score_together() -> None:
    svg = scatter(
        [PlotPoint(x=0.5, y=0.5, note="a"), PlotPoint(x=0.5, y=0.5, note="b"), PlotPoint(x=0, y=1, note="c")],
        x="x",
        y="y",
    )
    assert svg.count("<circle") == 2
    assert "a; b" in svg
