"""What Hone quotes without an LLM: figure 4 of the ask issue.

covid-qa's test questions, and the sample's answerable ones of the half that nothing was fitted on. An answer contains
its reference when at least 0.6 of the reference's content words (the analyser's tokens without stop words, each once)
are among its own. Baselines are the best passage's first words, as many as the quotes have on average, and its first
three sentences. Intervals are of 2,000 resamplings of the questions.

    python -m benchmarks.answering --home /tmp/asking-homes
"""

import argparse
import statistics
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agents.heuristics.extracting import extract
from agents.heuristics.facts import share, terms_of
from agents.heuristics.sentences import units_of
from agents.records import Sufficiency
from benchmarks.homes import TODAY, Home
from benchmarks.questionsets import Asked, covid, sample
from benchmarks.record import data_folder, keep
from benchmarks.resampling import Choice, Statistic, interval
from eval.calibration.calibrate import FirstRound, first_round

CONTAINED = 0.6
CURVE = (0.4, 0.5, 0.6, 0.7)
GIVEN = Sufficiency(verdict="sufficient", probability=1.0)  # quotes are measured apart from whether any are given


def main() -> None:
    """Find or build the workspaces, then measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--home", type=Path, required=True, help="where the workspaces are kept, and found again")
    parser.add_argument("--results", type=Path)
    options = parser.parse_args()
    data = data_folder(options.data)
    figures = quotes(options.home / "covid-qa", covid(data), data, "covid-qa test")
    mine = [item for item in sample(options.home / "sample") if item.kind == "ANSWERABLE" and item.half]
    figures |= quotes(options.home / "sample", mine, data, "sample, second half")
    keep("answering", figures, options.results)


def quotes(home: Path, asked: Iterable[Asked], data: Path, name: str) -> dict[str, object]:
    """Compare quoted sentences with the best passage's beginning."""
    found, references = list[FirstRound](), list[str]()
    texts, took = list[str](), list[float]()
    with Home(home, data) as opened:
        for item in asked:
            first = first_round(item.turns, item.asker, opened.searcher, TODAY)
            if not first.evidence:
                continue
            began = time.perf_counter()
            claims = extract(first.plan, first.evidence, GIVEN, opened.read)
            took.append((time.perf_counter() - began) * 1000)
            found.append(first)
            references.append(item.reference)
            texts.append(" ".join(citation.quote for claim in claims for citation in claim.citations))
    words = round(statistics.fmean(len(text.split()) for text in texts))
    bodies = [[unit.text for unit in units_of(item.evidence[0].hit)] for item in found]
    rivals = {
        f"first {words} words": [" ".join(" ".join(body).split()[:words]) for body in bodies],
        "first 3 sentences": [" ".join(body[:3]) for body in bodies],
    }
    ours = _recalls(texts, references)
    figures: dict[str, object] = {
        f"{name}: questions, words quoted": f"{len(found)}, {words}",
        f"{name}: quotes contain the reference": interval(_share_of(ours), len(found)),
        f"{name}: quotes at {CURVE}; mean recall": _curve(ours),
    }
    for title, rival in rivals.items():
        theirs = _recalls(rival, references)
        figures[f"{name}: {title}"] = interval(_share_of(theirs), len(found))
        figures[f"{name}: {title} at {CURVE}; mean recall"] = _curve(theirs)
        figures[f"{name}: times {title}"] = interval(_ratio(ours, theirs), len(found))
    return figures | {f"{name}: p50 of extracting, ms": round(statistics.median(took), 1)}


def _share_of(recalls: NDArray[np.float64]) -> Statistic:
    return lambda chosen: float((recalls[chosen] >= CONTAINED).mean())


def _ratio(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> Statistic:
    def statistic(chosen: Choice) -> float:
        rival = float((theirs[chosen] >= CONTAINED).mean())
        return float((ours[chosen] >= CONTAINED).mean()) / rival if rival else float("nan")

    return statistic


def _recalls(texts: Sequence[str], references: Sequence[str]) -> NDArray[np.float64]:
    return np.array([share(terms_of(one), terms_of(text)) for text, one in zip(texts, references, strict=True)])


def _curve(recalls: NDArray[np.float64]) -> str:
    points = ", ".join(f"{float((recalls >= level).mean()):.3f}" for level in CURVE)
    return f"{points}; {float(recalls.mean()):.3f}"


if __name__ == "__main__":
    main()
