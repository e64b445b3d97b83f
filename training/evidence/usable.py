"""From the log to judgments: gathered, placed, defended and put together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from eval.rating.store import FILE, Label, RatingStore
from hone.log.traces import Traces, read_traces
from hone.records import EVERYONE
from hone.workspace import Workspace
from retriever.encoding.encoder import Encoder
from retriever.library.library import Library
from training.evidence.defence_rules import Rules, Setting
from training.evidence.defend import FAIR, HONEST, defend
from training.evidence.examination import ExaminationCurve, estimate
from training.evidence.filtering import summed
from training.evidence.gather import gather
from training.evidence.judgments import combine, fingerprint
from training.evidence.resolve_documents import place, readable
from training.pairs.clusters import cluster_questions
from training.records import Dropped, Evidence, Judgment

RULES = Rules()


@dataclass(frozen=True, slots=True, kw_only=True)
class Usable:
    """What a log is good for."""

    read: datetime  # when it was read
    searches: int  # that people typed, and no ask made
    assistant: int  # searches that the assistant made for asks
    asks: int
    unread: int  # searches and asks of people who opted out
    found: tuple[Evidence, ...]  # before anything was dropped
    evidence: tuple[Evidence, ...]  # what judgments were made of
    judgments: tuple[Judgment, ...]
    dropped: tuple[Dropped, ...]
    examination: ExaminationCurve
    restricted: frozenset[str]  # documents among them that not everybody may read, where the rules allow those
    fingerprint: str
    traces: Traces  # all that was read of the log


def find_usable(
    workspace: Workspace, rules: Rules = RULES, *, now: datetime | None = None, encoder: Encoder | None = None
) -> Usable:
    """Make judgments of all that a workspace's log and labels hold; the same log on the same day gives the same."""
    now, library = now or datetime.now(UTC), Library(workspace.database)
    traces = read_traces(workspace.log_database, rules.opted_out)
    gathered = gather(traces, labels_of(workspace), library)
    placed = place(gathered.evidence, library)
    setting = Setting(rules=rules, now=now)
    honest = defend(placed.kept.evidence, setting, HONEST)
    curve = estimate(traces, honest.evidence)
    opened = honest if rules.restricted else readable(honest.evidence, placed.readers)
    clusters = cluster_questions((item.query for item in opened.evidence), encoder)
    fair = defend(opened.evidence, replace(setting, clusters=clusters), FAIR)
    steps = (placed.kept, honest, *(() if opened is honest else (opened,)), fair)
    plain = sum(one.typed and one.id not in traces.answered for one in traces.searches.values())
    documents = {item.document for item in fair.evidence}
    return Usable(
        read=now,
        searches=plain,
        assistant=len(traces.searches) - plain,
        asks=len(traces.asks),
        unread=traces.unread,
        found=gathered.evidence,
        evidence=fair.evidence,
        judgments=combine(fair.evidence, clusters),
        dropped=summed([*gathered.dropped, *(item for step in steps for item in step.dropped)]),
        examination=curve,
        restricted=frozenset(name for name in documents if EVERYONE not in placed.readers[name]),
        fingerprint=fingerprint(fair.evidence),
        traces=traces,
    )


def labels_of(workspace: Workspace) -> Sequence[Label]:
    """Read what admins said; looking must not make the file."""
    if not (workspace.home / FILE).exists():
        return ()
    store = RatingStore(workspace.home)
    try:
        return store.labels()
    finally:
        store.close()
