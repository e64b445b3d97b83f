"""Whether the candidate answers as fast, and is not much larger."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from statistics import median

from hone.registry import Model
from hone.workspace import Workspace
from retriever.indexing.encoders import Encoders
from retriever.searching.searcher import Question, Searcher
from training.gate.rules import GateRules
from training.gate.verdict import Check, ComparedMeasure, Findings, together


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large a model is."""

    dimensions: int
    bytes: int  # on the disk; nothing where it has no folder


def latency(live: Searcher, candidate: Searcher, texts: Sequence[str], rules: GateRules) -> Findings:
    """Ask questions of both in turns, so that whatever else the machine does hits both."""
    asked = list(islice(cycle(texts), rules.latency_questions if texts else 0))
    taken = [(_took(live, text), _took(candidate, text)) for text in [*asked[:3], *asked]][3:]  # the first ones warm up
    before, after = ([pair[side] for pair in taken] or [0.0] for side in (0, 1))
    return judged_latency(median(before), median(after), len(asked), rules)


def judged_latency(before: float, after: float, questions: int, rules: GateRules) -> Findings:
    """Judge two medians in milliseconds."""
    most = max(rules.latency_times * before, before + rules.latency_slack_ms)
    says = (
        f"The median search takes {after:.1f} ms (live model: {before:.1f} ms; at most {most:.1f} ms). "
        f"Measured on {questions} searches, encoding included."
    )
    measure = ComparedMeasure(
        name="search p50 ms", live=round(before, 2), candidate=round(after, 2), questions=questions
    )
    return Findings(checks=(Check(name="latency", passed=after <= most, says=says),), measures=(measure,))


def size(live: Size, candidate: Size, rules: GateRules) -> Findings:
    """Bound what an index and a model take."""
    pairs = (("dimensions", live.dimensions, candidate.dimensions), ("model bytes", live.bytes, candidate.bytes))
    told = [
        f"{name} {after:,} (live model: {before:,}; at most {rules.size_times * before:,.0f})"
        for name, before, after in pairs
    ]
    passed = all(after <= rules.size_times * before or not before for _, before, after in pairs)
    measures = (ComparedMeasure(name=name, live=float(before), candidate=float(after)) for name, before, after in pairs)
    check = Check(name="size", passed=passed, says=f"{'; '.join(told)}.")
    return together([Findings(checks=(check,), measures=tuple(measures))])


def size_of(workspace: Workspace, model: Model) -> Size:
    """Measure a model's folder."""
    from retriever.encoding.modelfolder import find_model_folder

    if model.location == "hash":
        return Size(dimensions=model.card.dimensions, bytes=0)
    folder: Path = find_model_folder(Encoders(workspace).place(model.location))
    files = (file for file in folder.rglob("*") if file.is_file())
    return Size(dimensions=model.card.dimensions, bytes=sum(file.stat().st_size for file in files))


def _took(searcher: Searcher, text: str) -> float:
    began = time.perf_counter()
    list(searcher.search_all([Question(text=text)]))
    return (time.perf_counter() - began) * 1000
