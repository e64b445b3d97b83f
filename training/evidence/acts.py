"""What people said and did: this is the right one, thumbs, opened, copied, clicked."""

from collections import Counter
from collections.abc import Iterator, Mapping

from hone.log.traces import Act, Traces
from training.evidence.subjects import Subject, Trouble, answered, asked_by, evidence_of, subjects_of
from training.records import Evidence, Kind

KINDS: Mapping[str, Kind] = {
    "relevant": "relevant",
    "thumb_up": "thumb_up",
    "thumb_down": "thumb_down",
    "open": "taken",
    "copy": "taken",
    "click": "click",
}
OF_ANSWERS = frozenset({"thumb_up", "thumb_down", "copy"})  # these may be about an answer, and name no passage


def from_acts(traces: Traces, dropped: Counter[tuple[str, str]]) -> Iterator[Evidence]:
    """Give what acts say of passages; one that says nothing is counted with the reason."""
    for act in traces.acts:
        kind = KINDS.get(act.action)
        if kind is None or (act.action == "copy" and not act.object):
            continue  # no word about a passage: a new wording, or an answer copied, which `answers.py` looks at
        found = subjects_of(act, traces) if act.object else _of_answer(act, traces)
        if isinstance(found, str):
            dropped[found, kind] += 1
            continue
        for subject in found:
            yield evidence_of(subject, kind, act, traces)


def _of_answer(act: Act, traces: Traces) -> list[Subject] | Trouble:
    """Find what the answer cited; a thumb down is about the whole answer, so its parts' questions are left out."""
    seen, asked = traces.searches.get(act.search), asked_by(act, traces)
    if seen is None:
        return "its search is not in the log"
    if act.person and seen.person and act.person != seen.person:
        return "another person's search"
    if asked is None or act.action not in OF_ANSWERS:
        return "nothing was cited"
    found = list(answered(asked, traces))
    if act.action == "thumb_down":
        found = [subject for subject in found if subject.query == asked.question]
    return found or "nothing was cited"
