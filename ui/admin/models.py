"""Which model answers, which indexes there are, and how every model trained here was made and judged."""

from collections.abc import Mapping, Sequence
from typing import Literal

import altair as alt
import streamlit as st

from hone.records import Asker
from retriever.indexing.keeping import NOT_INDEXED, before
from service.service import Service
from training.candidates.candidates import CandidateStatus, candidate_statuses, list_candidates
from training.candidates.drafts import abandoned
from training.candidates.forgotten_models import forgotten_in
from training.candidates.manifest import HistoryPoint, ModelManifest
from training.gate.verdict import ComparedMeasure, Verdict
from ui.admin.words import ago, counted
from ui.parts.components import table
from ui.safe import plain

Colour = Literal["green", "blue", "red", "gray"]
DECISIONS: Mapping[str, tuple[str, Colour]] = {
    "promoted": ("Promoted", "green"),
    "passed": ("Passed its checks", "blue"),
    "refused": ("Didn't pass its checks", "red"),
    "undecided": ("Not checked yet", "gray"),
}
SHOWN = 10  # at once; each has tables of its own


def _trained(item: CandidateStatus, *, opened: bool) -> None:
    """Show a model; the newest with everything unfolded."""
    version, manifest, verdict = item.candidate.version, item.candidate.manifest, item.candidate.verdict
    with st.container(border=True, key=f"model-{version}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            word, colour = DECISIONS[item.decision]
            st.badge(word, color=colour)
            if item.live:
                st.badge("In use", icon=":material/bolt:", color="green")
            st.caption(ago(verdict.decided if verdict else manifest.created), width="content")
        st.markdown(f"**{version}** · {plain(manifest.model)}")
        st.caption(_made(manifest))
        for note in forgotten_in(item.candidate.folder):
            pieces = counted(note.evidence, "piece of feedback", "pieces of feedback")
            st.warning(
                f"It was trained with {pieces} from a person whose data was deleted on {note.when:%d %B %Y}. "
                "Retrain without it: `hone models forget-person NAME --retrain`.",
                icon=":material/person_off:",
            )
        if verdict is not None:
            _verdict(verdict, opened=opened)
        _lineage(manifest)
        if command := _command(item):
            st.code(command, language=None)


def _made(manifest: ModelManifest) -> str:
    dev = next((tried.score for tried in manifest.tried if tried.tier == manifest.tier), None)
    score = "" if dev is None else f" · nDCG@10 {dev:.3f} on development questions"
    return (
        f"{manifest.tier}, from {plain(manifest.base)} · "
        f"{counted(manifest.pairs.get('train', 0), 'training pair')}{score}"
    )


def _command(item: CandidateStatus) -> str:
    """Suggest the next command; this page only shows."""
    version = item.candidate.version
    if item.decision == "passed" and not item.live:
        return f"hone models promote {version}"
    return f"hone models show {version}"


def _verdict(verdict: Verdict, *, opened: bool) -> None:
    for reason in verdict.reasons:
        st.markdown(f"- {plain(reason)}")
    if verdict.needed is not None and verdict.needed > verdict.questions:
        more = counted(verdict.needed - verdict.questions, "more test question")
        st.markdown(f"Needs about {more} to be sure.")
    if verdict.measures:
        _measures(verdict.measures, "Every measure: new model and current model")
    if not verdict.checks:
        return
    good = sum(check.passed for check in verdict.checks)
    with st.expander(f"Checks: {good} of {len(verdict.checks)} passed", expanded=opened):
        for check in verdict.checks:
            sign = ":green[:material/check_circle:]" if check.passed else ":red[:material/cancel:]"
            word = "passed" if check.passed else "failed"  # colour and picture alone say nothing to a screen reader
            st.markdown(f"{sign} **{plain(check.name)}** ({word}): {plain(check.says)}")
    if verdict.slices:
        with st.expander(f"By kind of question: {len(verdict.slices)}"):
            _measures(verdict.slices, "nDCG@10 of both models by kind of question")
    if verdict.regressions:
        with st.expander(f"Biggest losses: {counted(len(verdict.regressions), 'question')}"):
            rows = [
                {"Question": item.question, "Before": item.before, "After": item.after} for item in verdict.regressions
            ]
            table(rows, "Questions it answers worse", digits={"Before": 2, "After": 2})


def _measures(measures: Sequence[ComparedMeasure], alt_text: str) -> None:
    rows = [
        {
            "Measure": item.name,
            "Current": item.live,
            "New": item.candidate,
            "Difference": item.candidate - item.live,
            "95 % interval": "" if item.low is None or item.high is None else f"{item.low:+.3f} to {item.high:+.3f}",
            "Questions": "" if item.questions is None else f"{item.questions:,}",
        }
        for item in measures
    ]
    table(rows, alt_text, digits=dict.fromkeys(("Current", "New", "Difference"), 3))


def _lineage(manifest: ModelManifest) -> None:
    with st.expander("How it was made"):
        st.text(_facts(manifest))
        if manifest.tried:
            rows = [
                {
                    "Method": tried.tier,
                    "Chosen": "✓" if tried.tier == manifest.tier else "",
                    "nDCG@10 on development questions": f"{tried.score:.3f}" if tried.seconds else "–",
                    "Other topics": f"{-tried.lost:+.3f}" if tried.seconds else "–",
                    "Seconds": f"{tried.seconds:.0f}" if tried.seconds else "–",
                    "Result": tried.said,
                }
                for tried in manifest.tried
            ]
            table(rows, "Every training method that was tried, with its result")
        if len(manifest.history) > 1:
            _chart(manifest.history)


def _facts(manifest: ModelManifest) -> str:
    pairs = ", ".join(f"{count:,} {split}" for split, count in manifest.pairs.items())
    sources = ", ".join(f"{source} {count:,}" for source, count in manifest.sources.items() if count)
    lines = [
        f"Pairs: {pairs}; by source: {sources or 'unknown'}",
        f"Feedback: {len(manifest.evidence):,} pieces used for training, {len(manifest.measured):,} for testing",
        f"Training set {manifest.training_set[:16]}, seed {manifest.seed}, Hone {manifest.hone}, code "
        f"{manifest.code[:12]}",
    ]
    if manifest.restricted:
        lines.append(f"Trained with restricted documents: {', '.join(manifest.restricted)}")
    return "\n".join(lines)


def _chart(history: Sequence[HistoryPoint]) -> None:
    """Draw how the development questions did while it was fitted."""
    rows = [{"Step": point.step, "nDCG@10": point.score, "Loss": point.loss} for point in history]
    chart = (
        alt.Chart(alt.Data(values=rows))
        .mark_line(point=True)
        .encode(
            x=alt.X("Step:Q", title="step"),
            y=alt.Y("nDCG@10:Q", title="nDCG@10", scale=alt.Scale(zero=False)),
            tooltip=["Step:Q", alt.Tooltip("nDCG@10:Q", format=".3f"), alt.Tooltip("Loss:Q", format=".3f")],
        )
        .properties(height=180)
    )
    best = max(history, key=lambda point: point.score)
    st.altair_chart(
        chart,
        alt="nDCG@10 on development questions by step: "
        f"from {history[0].score:.3f} to {best.score:.3f} at step {best.step}",
    )


def models(service: Service, _: Asker) -> None:
    """Show the live model, every index and every candidate."""
    _live(service)
    _indexes(service)
    _candidates(service)


def _live(service: Service) -> None:
    live = service.workspace.registry.live()
    st.header("In use")
    if live is None:
        st.text(f"{NOT_INDEXED} Run: hone documents sync")
        return
    card = live.model.card
    st.markdown(f"**{plain(live.model.id)}**")
    st.caption(
        f"{card.dimensions} dimensions · up to {card.max_tokens} tokens a passage · index {live.id} with "
        f"{counted(live.passages, 'passage')}, built {ago(live.built)}"
    )
    if before(service.workspace.registry.moves()):
        st.caption("Roll back to the previous model:")
        st.code("hone models rollback", language=None)


def _indexes(service: Service) -> None:
    registry = service.workspace.registry
    live = registry.live()
    st.header("Indexes")
    rows = [
        {
            "Index": item.id,
            "Model": item.model.id,
            "State": "in use" if live and item.id == live.id else item.state,
            "Passages": item.passages,
            "Engine": item.engine,
            "Built": ago(item.built),
        }
        for item in registry.generations()
    ]
    if rows:
        table(rows, "Every index with its model")
    else:
        st.text("None.")


def _candidates(service: Service) -> None:
    st.header("Trained here")
    found = candidate_statuses(service.workspace)
    if not found:
        st.text("None yet. Train one from the search log: hone models retrain")
    for place, item in enumerate(found[:SHOWN]):
        _trained(item, opened=place == 0)
    if len(found) > SHOWN:
        st.text(f"{len(found) - SHOWN:,} older ones: hone models list")
    if left := abandoned(service.workspace.home):
        st.text(f"Unfinished: {', '.join(left)}. Continue with: hone models retrain --resume")
    if broken := list_candidates(service.workspace.home).unreadable:
        st.warning("These files about models can't be read:", icon=":material/warning:")
        st.text("\n".join(broken))
