"""Whether a reader that is trained on public sets is of use on worlds that it has not seen.

    python -m benchmarks.readers --home HOMES --data ../shared/data --steps 1000

Trains `benchmarks.readers.oneway` on questions of covid-qa, policyqa, multihop, medquad and cosqa, then tells for each
world, with what was fitted on the others: how often the right block comes first among those that are chosen from now,
and how well the verdict tells what is answered from what is not; without the reader, with it, and by it alone.
"""

import argparse
from pathlib import Path
from typing import Any

import torch

from benchmarks.readers.groups import read_groups
from benchmarks.readers.measuring import meet, table
from benchmarks.readers.oneway import Learnable, OneWayReader, fit
from benchmarks.readers.tokens import Words
from benchmarks.record import data_folder, keep
from benchmarks.worlds.known import known_worlds

WORLDS = ("18f", "sourcegraph", "sample", "mtrag", "covid-qa")


def main() -> None:
    """Train, then measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--home", type=Path, required=True, help="where the worlds are kept, and found again")
    parser.add_argument("--worlds", nargs="*", default=list(WORLDS))
    parser.add_argument("--questions", type=int, default=150, help="of each world, at most")
    parser.add_argument("--groups", type=int, default=10_000, help="questions to train on, at most")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--results", type=Path)
    options = parser.parse_args()
    seeded: Any = torch  # its stubs are in part untyped
    seeded.manual_seed(options.seed)
    data = data_folder(options.data).resolve()
    words = Words()
    groups = read_groups(data, options.seed)[: options.groups]
    words.encode(text for group in groups for text in (group.question, *(block.text for block in group.blocks)))
    learnable = [Learnable(group=group, weighed=words.weigh(group.question, group.blocks)) for group in groups]
    reader = OneWayReader(words.encoder)
    for line in fit(reader, learnable, words, steps=options.steps, seed=options.seed):
        print(line, flush=True)
    known = known_worlds(data, "development")
    worlds = {name: meet(known[name], options.home / name, options.questions, reader, words) for name in options.worlds}
    keep("readers", {"groups": len(groups), "steps": options.steps, **table(worlds)}, options.results)


if __name__ == "__main__":
    main()
