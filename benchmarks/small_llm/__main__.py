"""Ask a local LLM for its one-token verdicts, and keep them line by line; a run that was stopped goes on.

With --asks the product itself is asked instead, with the LLM that its workspace's hone.toml names, and what it wrote
is kept for reading. With neither --llm nor --asks, the figures of what is kept are printed.

    python -m benchmarks.small_llm --home /tmp/asking-homes --keep verdicts.jsonl --llm http://127.0.0.1:8080/v1
    python -m benchmarks.small_llm --home /tmp/asking-homes --keep drafts.jsonl --asks 10 18f
    python -m benchmarks.small_llm --home /tmp/asking-homes --keep verdicts.jsonl --results docs/results
"""

import argparse
from collections.abc import Iterator
from itertools import chain, zip_longest
from pathlib import Path

from agents.llm.capabilities import Capabilities, EndpointFacts
from agents.llm.client import Llm
from benchmarks.record import data_folder, keep
from benchmarks.small_llm.asking import ask_all
from benchmarks.small_llm.figures import figures_of
from benchmarks.small_llm.verdicts import Forms, Viewed, questions_of, view_all
from hone import Hone
from hone.settings import LlmSettings

WORLDS = ("18f", "sourcegraph", "mtrag")


def main() -> None:
    """Do what the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("worlds", nargs="*", default=WORLDS)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--home", type=Path, required=True, help="where the workspaces are kept, and found again")
    parser.add_argument("--llm", help="the base URL of an OpenAI-compatible server with logprobs")
    parser.add_argument("--model", default="local", help="the name that the server knows its model by")
    parser.add_argument("--each", type=int, default=20, help="questions with an answer, and as many without")
    parser.add_argument("--orders", type=int, default=1, help="in which the passages are shown")
    parser.add_argument("--passages", type=int, default=1, help="passages asked yes or no, each by itself")
    parser.add_argument("--asks", type=int, default=0, help="questions of each kind that the product is asked")
    parser.add_argument("--keep", type=Path, required=True, help="the file of verdicts, or of drafts")
    parser.add_argument("--usual", type=float, default=1.0, help="the model's usual_odds in llm.json")
    parser.add_argument("--apart", type=float, default=1.0, help="its odds_apart")
    parser.add_argument("--results", type=Path)
    options = parser.parse_args()
    if options.asks:
        ask(options, data_folder(options.data))
    elif options.llm:
        view(options, data_folder(options.data))
    else:
        model = EndpointFacts(usual_odds=options.usual, odds_apart=options.apart)
        keep("small-llm", figures_of(read_kept(options.keep), model), options.results)


def ask(options: argparse.Namespace, data: Path) -> None:
    """Ask the product, and keep what it wrote."""
    for world in options.worlds:
        with Hone.open(options.home / (world if world == "mtrag" else f"handbook-{world}")) as hone:
            for draft in ask_all(world, questions_of(world, data, options.home, options.asks), hone):
                with options.keep.open("a", encoding="utf-8") as file:
                    file.write(draft.model_dump_json() + "\n")
                print(f"{world} {draft.id} {draft.verdict} {draft.quoted_after} {draft.seconds}", flush=True)


def view(options: argparse.Namespace, data: Path) -> None:
    """View the questions of every world, those of each in turn."""
    settings = LlmSettings(base_url=options.llm, model=options.model, timeout=600)
    llm = Llm(settings, Capabilities(options.home / "llm.json", settings))
    kept = read_kept(options.keep)
    done = {(one.world, one.id) for one in kept}
    forms = Forms(orders=options.orders, passages=options.passages)
    views: list[Iterator[Viewed]] = []
    for world in options.worlds:
        asked = questions_of(world, data, options.home, options.each)
        wanted = [item for item in asked if (world, item.id) not in done]
        views.append(view_all(world, wanted, options.home, data, llm, forms))
    for one in filter(None, chain.from_iterable(zip_longest(*views))):  # of each world in turn: it may be stopped
        with options.keep.open("a", encoding="utf-8") as file:
            file.write(one.model_dump_json() + "\n")
        print(f"{one.world} {one.id} {one.answerable} {one.forward:.3f} {one.yes}", flush=True)


def read_kept(file: Path) -> list[Viewed]:
    """Read the verdicts of earlier runs."""
    return (
        [Viewed.model_validate_json(line) for line in file.read_text(encoding="utf-8").splitlines()]
        if file.exists()
        else []
    )


if __name__ == "__main__":
    main()
