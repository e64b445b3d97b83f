"""A retraining from beginning to end: evidence, pairs, training data, tiers, a candidate, the gate, promotion."""

import logging
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime

from hone.errors import HoneError
from hone.progress import Progress
from hone.registry import Generation
from hone.workspace import Workspace
from retriever.encoding.modelfolder import find_model_folder
from retriever.indexing.beside import build_beside
from retriever.indexing.encoders import Encoders
from retriever.indexing.keeping import require_live
from retriever.library.library import Library
from retriever.ranking.fusion import weights_of
from retriever.ranking.sources import open_scorers
from retriever.searching.live import LiveIndex
from retriever.searching.searcher import background_of
from training.candidates.candidates import Candidate, left_unjudged, register, write_verdict
from training.candidates.drafts import Origin, discard, draft_for, training_lock
from training.candidates.forgotten_models import live_with_forgotten
from training.candidates.promoting import PATIENCE, promote
from training.candidates.promotion_impact import measure_outcomes, write_outcomes
from training.candidates.pruning import drop_refused
from training.evidence.rules import EvidenceRules, rules_of
from training.evidence.usable import Usable, find_usable
from training.forget_person import clean_encoder
from training.gate.canary import Canary, opened_canary
from training.gate.checks import GateInput
from training.gate.gate import judge
from training.gate.verdict import Verdict
from training.lesson.build import BuiltTrainingData, CachingEncoder, TrainingInputs, build_training_data
from training.lesson.dev_sampling import Serving
from training.lesson.forgetting_probe import draw_forgetting_probe
from training.pairs.passages import read_passages
from training.pairs.prepare import Prepared, prepare
from training.pairs.sources import PairInputs
from training.pairs.splits import SPLITS
from training.plan import TrainingPlan
from training.records import Pair
from training.refusals import nothing_better, refuse, remember_refusal, too_few
from training.tiers.choosing import TierContext, try_tiers
from training.tiers.keeping import Lineage, keep

log = logging.getLogger(__name__)


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


def retrain(
    workspace: Workspace, plan: TrainingPlan, progress: Progress, *, say: Callable[[str], None] = log.warning
) -> Verdict:
    """Learn from the log, put the best candidate before the gate, and promote it if it passes.

    Whatever was live stays live until a candidate has passed; a refused one is kept with the reasons.
    """
    live = require_live(workspace)
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
    """Go through the rooms in order; each is handed what the ones before it made."""
    with ExitStack() as kept:
        with closing(LiveIndex(session.workspace)) as index, index.current() as opened:
            serving = Serving(
                encoder=CachingEncoder(opened.encoder),
                store=opened.store,
                background=background_of(opened),
                weights=weights_of(opened.generation.model.fusion),
                scorers=open_scorers(session.workspace),
            )
            session.progress.stage("reading the log", None)
            usable = find_usable(session.workspace, session.rules, encoder=serving.encoder)
            session.progress.stage("making pairs", None)
            prepared = _prepared(session, serving, usable)
            if reasons := too_few(usable, prepared):
                return refuse(session.live, reasons)
            origin = Origin(training_set=prepared.fingerprint, base=session.live.model.id, seed=session.plan.seed)
            canary = kept.enter_context(_canary(session))
            found = _left(session, origin) or _built(session, serving, usable, prepared, canary)
        if isinstance(found, BuiltTrainingData):
            found = _learned(session, origin, usable, prepared, found)
        if isinstance(found, Verdict):
            return found
        return _try(session, found, usable, prepared, canary)


def _prepared(session: Session, serving: Serving, usable: Usable) -> Prepared:
    library = Library(session.workspace.database)
    given = PairInputs(library=library, judgments=usable.judgments, files=session.plan.pairs)
    return prepare(
        given,
        general=session.plan.general,
        restricted=session.rules.restricted,
        encoder=serving.encoder,
    )


def _left(session: Session, origin: Origin) -> Candidate | None:
    return left_unjudged(session.workspace, origin, session.say) if session.plan.resume else None


def _canary(session: Session) -> AbstractContextManager[Canary]:
    session.progress.stage("loading canary questions", None)
    return opened_canary(session.workspace.settings, session.plan.canary, session.progress)


def _built(session: Session, serving: Serving, usable: Usable, prepared: Prepared, canary: Canary) -> BuiltTrainingData:
    session.progress.stage("reading passages", None)
    inputs = TrainingInputs(
        prepared=prepared,
        passages=read_passages(session.workspace, serving.encoder, restricted=session.rules.restricted),
        judgments=usable.judgments,
        outside=draw_forgetting_probe(canary, serving.encoder),
        serving=serving,
        inverse_propensity=usable.examination.inverse_propensity,
        mining=session.plan.mining,
        seed=session.plan.seed,
    )
    return build_training_data(inputs, session.progress)


def _learned(
    session: Session, origin: Origin, usable: Usable, prepared: Prepared, built: BuiltTrainingData
) -> Candidate | Verdict:
    """Try the tiers, and keep the best as a candidate."""
    workspace, live, plan = session.workspace, session.live, session.plan
    draft = draft_for(workspace.home, origin, resume=plan.resume, say=session.say)
    context = TierContext(
        data=built.data,
        source=find_model_folder(Encoders(workspace).place(live.model.location)),
        workdirs=draft.work,
        plan=plan,
        until=session.began + plan.budget.total_seconds(),
        truncate_dim=live.model.card.truncate_dim,
    )
    choice = try_tiers(context, session.progress)
    if choice.best is None:
        discard(draft)
        return refuse(live, [nothing_better(choice.before, choice.tried)])
    lineage = Lineage(
        read=usable.read,
        training_set=prepared.fingerprint,
        pairs={split: len(prepared.splits.of(split)) for split in SPLITS},
        sources={str(source): count for source, count in prepared.sources.items()},
        evidence=_grounds(prepared.splits.train),
        measured=_grounds((*prepared.splits.dev, *prepared.splits.test)),
        restricted=tuple(sorted(prepared.restricted | built.restricted)),
        plan=plan,
        tried=choice.tried,
        mining=built.mining,
    )
    return keep(workspace, live, draft, choice.best, lineage)


def _grounds(pairs: Iterable[Pair]) -> frozenset[str]:
    return frozenset(ground.id for pair in pairs for ground in pair.grounds)


def _try(session: Session, candidate: Candidate, usable: Usable, prepared: Prepared, canary: Canary) -> Verdict:
    """Build the candidate's index, put it before the gate, and do as the gate says."""
    workspace, plan, progress = session.workspace, session.plan, session.progress
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
        rules=plan.gate,
        inverse_propensity=usable.examination.inverse_propensity,
    )
    verdict = judge(workspace, inputs, canary, progress)
    write_verdict(workspace.home, verdict)
    if verdict.decision == "refused" and not plan.keep_refused:
        drop_refused(workspace)
    if verdict.decision != "passed" or not plan.promote:
        return verdict
    outcomes = measure_outcomes(workspace, inputs.live, inputs.candidate, inputs.judgments, progress=progress)
    write_outcomes(workspace.home, candidate.version, outcomes)
    promote(workspace, candidate.version, progress)
    return verdict.model_copy(update={"decision": "promoted"})
