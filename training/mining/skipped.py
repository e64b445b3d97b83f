"""What people passed over: shown above the passage that they took. It may be no answer, or an unread one."""

from collections import defaultdict
from collections.abc import Mapping

from hone.log.traces import Traces
from training.evidence.acts import KINDS
from training.evidence.subjects import subjects_of
from training.pairs.questions import key_of
from training.records import STRENGTHS


def skipped_above(traces: Traces) -> Mapping[str, frozenset[str]]:
    """Give by question key the passages that were shown above one that was taken, and were not taken themselves."""
    taken, keys = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    for act in traces.acts:
        kind = KINDS.get(act.action)
        if kind is None or STRENGTHS[kind].grade == 0 or not act.object:
            continue
        found = subjects_of(act, traces)
        if not isinstance(found, str):
            taken[act.search].add(act.object)
            keys[act.search] |= {key_of(subject.query) for subject in found}
    skipped = defaultdict[str, set[str]](set)
    for search, objects in taken.items():
        shown = traces.searches[search].shown
        lowest = max((place for place, name in enumerate(shown) if name in objects), default=0)
        for key in keys[search]:
            skipped[key] |= set(shown[:lowest]) - objects
    return {key: frozenset(names) for key, names in skipped.items() if names}
