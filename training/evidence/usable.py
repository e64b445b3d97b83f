"""From the log to judgments: gathered, placed, defended in order (first what is not honest), and put together."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from eval.rating.store import Label
from hone.log.interactions import Interaction, interactions_of, later_wordings
from hone.log.traces import Traces, read_traces
from hone.records import EVERYONE
from hone.workspace import Workspace
from retriever.encoding.encoder import Encoder
from retriever.library.library import Library
from retriever.ranking.words import content_words
from training.evidence.defences import FAIR, HONEST, defend
from training.evidence.examination import ExaminationCurve, estimate
from training.evidence.from_log import from_acts, from_answers, from_rewordings
from training.evidence.judgments import combine, fingerprint
from training.evidence.labels import from_labels, labels_of
from training.evidence.rules import EvidenceRules, Setting
from training.pairs.clusters import cluster_questions
from training.records import Dropped, FilteredEvidence, Judgment, RelevanceEvidence, sieve, summed

GONE = "the document was deleted, or was never indexed"
CLOSED = "not everyone can access the document"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedEvidence:
    """Evidence with its documents, and who may read those."""

    kept: FilteredEvidence
    readers: Mapping[str, frozenset[str]]  # by document


def place(evidence: Sequence[RelevanceEvidence], library: Library) -> PlacedEvidence:
    """Look up what evidence names: a passage, a document, or a passage whose document has been cut anew since."""
    names = list({item.passage for item in evidence})
    owners, readers = library.owners(names), library.readers(names)
    documents = {owners[name]: groups for name, groups in readers.items() if name in owners}
    if any(name not in owners for name in names):  # imported logs name documents; those cut anew are named by the log
        documents |= {document.id: document.groups for document in library.documents()}

    def placed(item: RelevanceEvidence) -> RelevanceEvidence | str:
        if item.passage in owners:
            return item if item.document == owners[item.passage] else replace(item, document=owners[item.passage])
        document = next((name for name in (item.passage, item.document) if name in documents), None)
        return GONE if document is None else replace(item, passage="", document=document)

    return PlacedEvidence(kept=sieve(evidence, placed), readers=documents)


def readable(evidence: Sequence[RelevanceEvidence], readers: Mapping[str, frozenset[str]]) -> FilteredEvidence:
    """Keep what stands in documents that every asker may read: a model tells everyone what it was trained on."""
    return sieve(evidence, lambda item: item if EVERYONE in readers[item.document] else CLOSED)


UNSAID = frozenset({"click", "taken"})  # done without a word


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedUse:
    """What people asked, were shown, did and said, read in one go."""

    traces: Traces
    asked: Mapping[str, Interaction]
    later: Mapping[str, Sequence[Interaction]]  # wordings, of each question that was put in other words
    labels: Sequence[Label]


def read_use(workspace: Workspace, opted_out: Collection[str] = ()) -> LoggedUse:
    """Read the log and the labels; of people who opted out, nothing."""
    labels = labels_of(workspace)
    traces = read_traces(workspace.log_database, opted_out)
    asked = {one.id: one for one in interactions_of(traces, content_words)}
    later = {one.id: tuple(later_wordings(one, asked)) for one in asked.values() if one.reformulated}
    return LoggedUse(traces=traces, asked=asked, later=later, labels=labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What was found, and what said nothing."""

    evidence: tuple[RelevanceEvidence, ...]
    dropped: tuple[Dropped, ...]


def gather(use: LoggedUse, library: Library) -> Gathered:
    """Gather evidence of every kind, in an order that depends on the log alone.

    What nobody touched is no evidence of anything: a passage that was shown and passed over is never a negative.
    """
    dropped: Counter[tuple[str, str]] = Counter()
    found = [*from_labels(use.labels, use.traces, library, dropped), *from_acts(use.traces, dropped)]
    found = _content(found, use, dropped)
    found += from_answers(use.traces, use.asked)
    found += list(from_rewordings(found, use.asked, use.later))
    return Gathered(
        evidence=tuple(found),
        dropped=(
            *(Dropped(reason=one.reason, kind=one.action, count=one.count) for one in use.traces.dropped),
            *(Dropped(reason=reason, kind=kind, count=count) for (reason, kind), count in sorted(dropped.items())),
        ),
    )


def _content(
    found: list[RelevanceEvidence], use: LoggedUse, dropped: Counter[tuple[str, str]]
) -> list[RelevanceEvidence]:
    """Leave out what people clicked and opened before they put the question in other words: it did not do."""
    kept: list[RelevanceEvidence] = []
    for item in found:
        one = use.asked.get(item.ask or use.traces.answered.get(item.search, item.search))
        if item.kind in UNSAID and one is not None and one.reformulated:
            dropped["the question was rephrased afterwards", item.kind] += 1
        else:
            kept.append(item)
    return kept


RULES = EvidenceRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class Usable:
    """What a log is good for."""

    read: datetime  # when it was read
    searches: int  # that people typed, and no ask made
    assistant: int  # searches that the assistant made for asks
    asks: int
    unread: int  # searches and asks of people who opted out
    found: tuple[RelevanceEvidence, ...]  # before anything was dropped
    evidence: tuple[RelevanceEvidence, ...]  # what judgments were made of
    judgments: tuple[Judgment, ...]
    dropped: tuple[Dropped, ...]
    examination: ExaminationCurve
    restricted: frozenset[str]  # documents among them that not everybody may read, where the rules allow those
    fingerprint: str


def find_usable(
    workspace: Workspace, rules: EvidenceRules = RULES, *, now: datetime | None = None, encoder: Encoder | None = None
) -> Usable:
    """Make judgments of all that a workspace's log and labels hold; the same log on the same day gives the same."""
    now, library = now or datetime.now(UTC), Library(workspace.database)
    use = read_use(workspace, rules.opted_out)
    traces, gathered = use.traces, gather(use, library)
    placed = place(gathered.evidence, library)
    setting = Setting(rules=rules, now=now)
    honest = defend(placed.kept.evidence, setting, HONEST)
    curve = estimate(traces, honest.evidence)
    opened = honest if rules.restricted else readable(honest.evidence, placed.readers)
    clusters = cluster_questions((item.query for item in opened.evidence), encoder)
    fair = defend(opened.evidence, replace(setting, clusters=clusters), FAIR)
    steps = (placed.kept, honest, *(() if opened is honest else (opened,)), fair)
    documents = {item.document for item in fair.evidence}
    plain = sum(one.typed and one.id not in traces.answered for one in traces.searches.values())
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
    )
