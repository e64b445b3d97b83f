"""Labels of admins, which are kept as hashes: found again by hashing what the log asked and the library holds."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime

from eval.rating.judge import passage_key, query_key
from eval.rating.store import FILE, Label, RatingStore
from hone.log.traces import SearchTrace, Traces
from hone.workspace import Workspace
from retriever.library.library import Library
from retriever.searching.hits import hit_of
from training.records import STRENGTHS, RelevanceEvidence


def labels_of(workspace: Workspace) -> Sequence[Label]:
    """Read what admins said; looking must not make the file."""
    if not (workspace.home / FILE).exists():
        return ()
    with closing(RatingStore(workspace.home)) as store:
        return store.labels()


def from_labels(
    labels: Sequence[Label], traces: Traces, library: Library, dropped: Counter[tuple[str, str]]
) -> Iterator[RelevanceEvidence]:
    """Return what was said of results; a label whose question or text is gone is counted."""
    wanted = {label.query for label in labels}
    asked: dict[str, list[SearchTrace]] = defaultdict(list)
    for seen in traces.searches.values() if wanted else ():
        if (key := query_key(seen.query)) in wanted:
            asked[key].append(seen)
    keys = _keys(asked, library)
    for label in labels:
        passage = keys.get((label.query, label.passage))
        if passage is None:
            dropped["its question or text was deleted", "label"] += 1
            continue
        first, made = asked[label.query][0], datetime.fromisoformat(label.made).astimezone(UTC)
        yield RelevanceEvidence(
            query=first.query,
            passage=passage,
            kind="label",
            grade=label.grade,
            weight=STRENGTHS["label"].weight,
            person=label.person,
            asked=min(made, first.at),
            when=made,
            grounds=(f"label:{label.query}:{label.passage}",),
        )


def _keys(asked: Mapping[str, Sequence[SearchTrace]], library: Library) -> Mapping[tuple[str, str], str]:
    """Hash what these questions were shown; equal texts are one result, and the first stands for all."""
    shown = {key: dict.fromkeys(item for seen in searches for item in seen.shown) for key, searches in asked.items()}
    placed = library.place(list({item for items in shown.values() for item in items}))
    hashes = {name: passage_key(hit_of(item, 1)) for name, item in placed.items()}
    found: dict[tuple[str, str], str] = {}
    for key, items in shown.items():
        for item in items:
            if item in hashes:
                found.setdefault((key, hashes[item]), item)
    return found
