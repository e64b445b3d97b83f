"""A retraining from beginning to end: evidence, pairs, training data, tiers, a candidate, the gate, promotion."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hone.errors import HoneError
from hone.progress import Progress
from hone.registry import Generation
from hone.workspace import Workspace
from retriever.encoding.modelfolder import find_model_folder
from retriever.indexing.beside import build_beside
from retriever.indexing.encoders import Encoders
from retriever.library.library import Library
from retriever.ranking.fusion import weights_of
from retriever.ranking.sources import open_scorers
from retriever.searching.live import LiveIndex, OpenIndex
from retriever.searching.searcher import background_of
from training.candidates.candidates import Candidate, left_unjudged, register, write_verdict
from training.candidates.drafts import ModelDraft, Origin, discard, draft_for, training_lock
from training.candidates.forgotten_models import live_with_forgotten
from training.candidates.promoting import PATIENCE, promote
from training.candidates.promotion_impact import measure_outcomes, write_outcomes
from training.candidates.pruning import drop_refused
from training.evidence.rules import EvidenceRules, rules_of
from training.evidence.stats import amounts_of, needs
from training.evidence.usable import Usable, find_usable
from training.forgetting import clean_encoder
from training.gate.canary import opened_canary
from training.gate.checks import GateInput
from training.gate.gate import judge
from training.gate.verdict import Check, Verdict
from training.lesson.build import BuiltTrainingData, CachingEncoder, TrainingInputs, build_training_data
from training.lesson.dev_sampling import Serving
from training.lesson.forgetting_probe import draw_forgetting_probe
from training.pairs.prepare import Prepared, prepare
from training.pairs.sources import PairInputs
from training.pairs.splits import SPLITS
from training.plan import TrainingPlan
from training.records import Pair, Split
from training.schedule import remember_refusal
from training.tiers.choosing import Choice, TierContext, try_tiers
from training.tiers.keeping import Lineage, keep

log = logging.getLogger(__name__)

FEWEST: dict[Split, int] = {"train": 50, "dev": 20, "test": 30}  # pairs to learn from, to choose by, to tell by


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One retraining: where, how, and what is live while it goes on."""

    workspace: Workspace
    plan: TrainingPlan
    progress: Progress
    live: Generation
    rules: EvidenceRules  # that evidence has to pass
    began: float  # monotonic
    say: Callable[[str], None]  # hears what a person should know, a sentence each


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What came of learning, before any of it is kept."""

    usable: Usable
    prepared: Prepared
    built: BuiltTrainingData
    choice: Choice


def retrain(
    workspace: Workspace, plan: TrainingPlan, progress: Progress, *, say: Callable[[str], None] = log.warning
) -> Verdict:
    """Learn from the log, put the best candidate before the gate, and promote it if it passes.

    Whatever was live stays live until a candidate has passed; a refused one is kept with the reasons.
    """
    live = workspace.registry.live()
    if live is None:
        raise HoneError("Nothing is indexed yet.", hint="Add documents: hone documents add FOLDER --group everyone")
    with training_lock(workspace):
        _warn_of_forgotten(workspace, say)
        began = datetime.now(UTC)  # the log is read right after
        session = Session(
            workspace=workspace,
            plan=plan,
            progress=progress,
            live=live,
            rules=rules_of(workspace),
            began=time.monotonic(),
            say=say,
        )
        verdict = _retrain(session)
        remember_refusal(workspace.home, verdict, began)
    return verdict


def _warn_of_forgotten(workspace: Workspace, say: Callable[[str], None]) -> None:
    if (live := live_with_forgotten(workspace)) is not None:
        say(
            f"{live.version}, the live model, learned from a forgotten person, and so will models trained on top of "
            f"it. Switch to a clean one first: hone index rebuild --encoder {clean_encoder(workspace.settings)}"
        )


def _retrain(session: Session) -> Verdict:
    live = LiveIndex(session.workspace)
    try:
        with live.current() as opened:
            encoder = CachingEncoder(opened.encoder)
            usable, prepared = _evidence(session, encoder)
            if lacking := _lacking(usable, prepared):
                return _refused(session, lacking)
            origin = _origin(session, prepared)
            found = _left(session, origin) or _teach(session, opened, encoder, usable, prepared)
        if isinstance(found, BuiltTrainingData):
            draft = draft_for(session.workspace.home, origin, resume=session.plan.resume, say=session.say)
            choice = _choose(session, draft, found)
            learned = Learned(usable=usable, prepared=prepared, built=found, choice=choice)
            if choice.best is None:
                discard(draft)
                return _refused(session, [_nothing_gained(choice)])
            found = keep(session.workspace, session.live, draft, choice.best, _lineage(session, learned))
    finally:
        live.close()
    return _try(session, found, usable, prepared)


def _origin(session: Session, prepared: Prepared) -> Origin:
    return Origin(training_set=prepared.fingerprint, base=session.live.model.id, seed=session.plan.seed)


def _left(session: Session, origin: Origin) -> Candidate | None:
    return left_unjudged(session.workspace, origin, session.say) if session.plan.resume else None


def _evidence(session: Session, encoder: CachingEncoder) -> tuple[Usable, Prepared]:
    library = Library(session.workspace.database)
    session.progress.stage("reading the log", None)
    usable = find_usable(session.workspace, session.rules, encoder=encoder)
    session.progress.stage("making pairs", None)
    given = PairInputs(library=library, judgments=usable.judgments, files=session.plan.pairs)
    prepared = prepare(given, general=session.plan.general, restricted=session.rules.restricted, encoder=encoder)
    return usable, prepared


def _lacking(usable: Usable, prepared: Prepared) -> list[str]:
    """Say what there is too little of to learn anything, or to tell whether it was learned."""
    if all(len(prepared.splits.of(split)) >= FEWEST[split] for split in SPLITS):
        return []
    counts = ", ".join(f"{len(prepared.splits.of(split)):,} {split} (at least {FEWEST[split]})" for split in SPLITS)
    short = [need for need in needs(amounts_of(usable)) if need.lacking]
    return [
        f"There are too few pairs to learn from: {counts}.",
        *(f"{need.says}." for need in short),
    ]


def _teach(
    session: Session, opened: OpenIndex, encoder: CachingEncoder, usable: Usable, prepared: Prepared
) -> BuiltTrainingData:
    serving = Serving(
        encoder=encoder,
        store=opened.store,
        background=background_of(opened),
        weights=weights_of(opened.generation.model.fusion),
        scorers=open_scorers(session.workspace),
    )
    session.progress.stage("loading canary questions", None)
    with opened_canary(session.workspace.settings, session.plan.canary, session.progress) as canary:
        outside = draw_forgetting_probe(canary, encoder)
    inputs = TrainingInputs(
        prepared=prepared,
        judgments=usable.judgments,
        outside=outside,
        serving=serving,
        inverse_propensity=usable.examination.inverse_propensity,
        restricted=session.rules.restricted,
        mining=session.plan.mining,
        seed=session.plan.seed,
    )
    return build_training_data(session.workspace, inputs, session.progress)


def _choose(session: Session, draft: ModelDraft, built: BuiltTrainingData) -> Choice:
    context = TierContext(
        data=built.data,
        source=_source(session),
        workdirs=draft.work,
        plan=session.plan,
        until=session.began + session.plan.budget.total_seconds(),
        truncate_dim=session.live.model.card.truncate_dim,
    )
    return try_tiers(context, session.progress)


def _source(session: Session) -> Path:
    """Return the folder of the model that fits begin from."""
    return find_model_folder(Encoders(session.workspace).place(session.live.model.location))


def _try(session: Session, candidate: Candidate, usable: Usable, prepared: Prepared) -> Verdict:
    """Build the candidate's index, put it before the gate, and do as the gate says."""
    workspace, progress = session.workspace, session.progress
    live = workspace.registry.live()  # documents may have come while it was trained
    if live is None or live.model.id != session.live.model.id:
        raise HoneError(
            f"While {candidate.version} was training, another model replaced {session.live.model.id}.",
            hint="A candidate must beat the model it replaces. Train again: hone models retrain",
        )
    model = register(workspace, candidate)
    inputs = GateInput(
        version=candidate.version,
        live=live,
        candidate=build_beside(workspace, model, progress, wait=PATIENCE),
        splits=prepared.splits,
        judgments=usable.judgments,
        rules=session.plan.gate,
        inverse_propensity=usable.examination.inverse_propensity,
        canary=session.plan.canary,
    )
    verdict = judge(workspace, inputs, progress)
    write_verdict(workspace.home, verdict)
    if verdict.decision == "refused" and not session.plan.keep_refused:
        drop_refused(workspace)
    if verdict.decision != "passed" or not session.plan.promote:
        return verdict
    outcomes = measure_outcomes(workspace, inputs.live, inputs.candidate, inputs.judgments, progress=progress)
    write_outcomes(workspace.home, candidate.version, outcomes)
    promote(workspace, candidate.version, progress)
    return verdict.model_copy(update={"decision": "promoted"})


def _lineage(session: Session, learned: Learned) -> Lineage:
    splits = learned.prepared.splits
    return Lineage(
        read=learned.usable.read,
        training_set=learned.prepared.fingerprint,
        pairs={split: len(splits.of(split)) for split in SPLITS},
        sources={str(source): count for source, count in learned.prepared.sources.items()},
        evidence=_grounds(splits.train),
        measured=_grounds((*splits.dev, *splits.test)),
        restricted=tuple(sorted(learned.prepared.restricted | learned.built.restricted)),
        plan=session.plan,
        tried=learned.choice.tried,
        mining=learned.built.mining,
    )


def _grounds(pairs: tuple[Pair, ...]) -> frozenset[str]:
    return frozenset(ground.id for pair in pairs for ground in pair.grounds)


def _nothing_gained(choice: Choice) -> str:
    told = [f"{item.tier} {item.score:.3f}" for item in choice.tried if item.seconds]
    left = [f"{item.tier}: {item.said}" for item in choice.tried if not item.seconds and item.said]
    if not told:
        return f"No tier was tried. {' '.join(left)}"
    return f"Nothing beat the live model on the development questions ({choice.before:.3f}): " + (
        f"{', '.join(told)}." if not left else f"{', '.join(told)}. {' '.join(left)}"
    )


def _refused(session: Session, reasons: list[str]) -> Verdict:
    """Refuse before there is a candidate: nothing is kept."""
    live = session.live
    return Verdict(
        version="",
        model="",
        live=live.model.id,
        live_generation=live.id,
        generation="",
        decided=datetime.now(UTC),
        decision="refused",
        reasons=tuple(reasons),
        checks=tuple(Check(name="evidence", passed=False, says=reason) for reason in reasons),
    )
