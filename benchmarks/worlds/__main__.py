"""How good search and answers are on many companies' documents: a row for each world and kind of question.

The product itself is run: a workspace is opened, documents added, every question searched for as typed, and asked in
its conversation. Workspaces are kept and brought up to date; every answer is kept beside the result, to be measured
again and to be read (`python -m benchmarks.reading`).

    python -m benchmarks.worlds 18f sourcegraph --home /tmp/worlds --results /tmp/after.json --before before.json
    python -m benchmarks.worlds --again --results /tmp/after.json

A name is a world of the data folder, or a folder with documents and a questions.jsonl. `gold words`: of each quote that
answers at least .8 of the content words. `acc@1`: whether the first document is a right one. `AUROC`: the chance that
a question with an answer has the higher probability than one with none. Seconds are medians.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.loop.telling import Telling
from benchmarks.record import commit, data_folder, machine
from benchmarks.worlds.answers import KeptAnswer, read_answers, write_answers
from benchmarks.worlds.asking import ask_all, open_world
from benchmarks.worlds.known import World, drawn, known_worlds, world_of_folder
from benchmarks.worlds.paired import changes
from benchmarks.worlds.scoring import Figures, figures_of
from benchmarks.worlds.table import Kinds, table

SAMPLE = 150  # questions of a world
SEED = 7


def main() -> None:
    """Ask every world's questions, keep answers and figures after each world, print the table."""
    options = _options()
    data = data_folder(options.data)
    known = known_worlds(data, options.part)
    chosen = [known.get(name) or _folder(name, known) for name in options.names or known]
    worlds = _worlds(options.results) if options.results.exists() else dict[str, Any]()
    telling = Telling()
    for world in chosen:
        file = _answers(options.results, world.name)
        if not options.again:
            run(world, file, options, telling)
            worlds[world.name] = {"commit": commit(), "when": datetime.now(UTC).isoformat(timespec="seconds")}
        answers = read_answers(file)
        if not answers:
            raise SystemExit(f"No answers are kept in {file}.\n  → run it without --again first")
        setting = {"llm": answers[0].llm, "part": options.part, "seed": options.seed}
        worlds[world.name] |= setting | {"kinds": by_kind(answers)}
        _keep(options.results, worlds)
    before = _kinds(_worlds(options.before)) if options.before else {}
    print(table(_kinds({world.name: worlds[world.name] for world in chosen}), before))
    for world in chosen if options.before else ():
        now, earlier = (_answers(file, world.name) for file in (options.results, options.before))
        if earlier.exists():
            print(changes(world.name, read_answers(now), read_answers(earlier)))


def run(world: World, file: Path, options: argparse.Namespace, telling: Telling) -> None:
    """Open a world, ask what is drawn of its questions, and keep each answer as it comes."""
    with open_world(world, options.home / world.name, telling) as hone:
        questions = drawn(world.read(hone.workspace.settings), options.sample, options.seed)[: options.limit]
        known = {item.id for item in read_answers(file)} if options.resume else frozenset[str]()
        left = [item for item in questions if item.question.id not in known]
        write_answers(file, ask_all(world, hone, left, telling) if left else (), after=options.resume)


def by_kind(answers: Sequence[KeptAnswer]) -> dict[str, Figures]:
    """Compute the figures of each kind, and of all."""
    kinds: dict[str, list[KeptAnswer]] = defaultdict(list)
    for item in answers:
        kinds[item.kind].append(item)
    return {**{kind: figures_of(found) for kind, found in sorted(kinds.items())}, "all": figures_of(answers)}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="a world or a folder; all worlds where none is named")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--home", type=Path, help="where workspaces are kept, and found again")
    parser.add_argument("--results", type=Path, required=True, help="a JSON file; the answers go to a folder beside it")
    parser.add_argument(
        "--before",
        type=Path,
        help="an earlier result, printed beside this one; with its answers beside it, changes get intervals",
    )
    parser.add_argument("--sample", type=int, default=SAMPLE, help="questions drawn of each world")
    parser.add_argument("--limit", type=int, help="ask only the first so many of them: for a quick look")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--part", choices=["development", "test"], default="development", help="of sets with splits")
    parser.add_argument(
        "--resume", action="store_true", help="ask only what no answer is kept of: after an interruption"
    )
    parser.add_argument("--again", action="store_true", help="measure the kept answers again, asking nothing")
    options = parser.parse_args()
    if options.home is None and not options.again:
        parser.error("give --home, where the workspaces are kept")
    return options


def _folder(name: str, known: Mapping[str, World]) -> World:
    if not (Path(name) / "questions.jsonl").is_file():
        raise SystemExit(f"{name} is no world and has no questions.jsonl.\n  → name a folder, or {', '.join(known)}")
    return world_of_folder(Path(name))


def _keep(file: Path, worlds: Mapping[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    record = {"benchmark": "worlds", "machine": machine(), "worlds": worlds}
    file.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def _answers(results: Path, world: str) -> Path:
    return results.with_suffix("") / f"{world}.jsonl"


def _worlds(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text(encoding="utf-8"))["worlds"]


def _kinds(worlds: Mapping[str, Any]) -> dict[str, Kinds]:
    return {name: world["kinds"] for name, world in worlds.items()}


if __name__ == "__main__":
    main()
