"""Fitting one encoder within a time, from a model folder to a better one, alone or with other processes."""

import logging
import math
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sentence_transformers import SentenceTransformer, SentenceTransformerTrainingArguments
from transformers import PrinterCallback, set_seed, trainer_utils
from transformers.utils.logging import set_verbosity_error

from hone.progress import Progress, Silent
from retriever.encoding.loading import has_bfloat16, load_model, resolve_device
from retriever.encoding.sentence import PASSAGE_PROMPTS
from training.candidates.manifest import HistoryPoint
from training.fitting.averaging import average_with
from training.fitting.batches import Collator, GlobalBatches, Side, batch_size, lengths_of, tokenize
from training.fitting.callbacks import Watch, interruptible
from training.fitting.dev_evaluator import KEPT_KEY, SCORE_KEY, CheckpointChoice, DevEvaluator, encoded, vectors_of
from training.fitting.options import FitOptions
from training.fitting.processes import from_first, from_first_any, is_first, rank, world
from training.fitting.trainer import Fitter
from training.gate.geometry import measure_geometry
from training.lesson.dev_set import DevSet
from training.lesson.training_data import TrainingData

log = logging.getLogger(__name__)
checkpoints: Any = trainer_utils  # partly untyped

PROBED = 3  # steps timed before the schedule is laid out
SAMPLED = 64  # passages from outside the domain that are timed, at least
LAST_EVALUATIONS = 2  # of everything, at least: as fitted, and with a share of the base averaged in
EVALUATING = 0.15  # of a time that is short, at most, goes into evaluations of the development questions


@dataclass(frozen=True, slots=True, kw_only=True)
class FitResult:
    """What became of a fit."""

    score: float  # of the development questions, by the weights in force
    before: float  # of the model it began from
    history: tuple[HistoryPoint, ...]
    why: str  # it ended, and how much of its beginning was averaged in
    pairs_per_second: float  # while steps were made, evaluations left out


@dataclass(frozen=True, slots=True, kw_only=True)
class FitJob:
    """What to fit, from where to where, and until when."""

    data: TrainingData
    source: Path  # a model folder
    target: Path  # where the fitted one goes
    work: Path  # checkpoints
    options: FitOptions
    until: float  # monotonic
    resume: bool = False
    device: str = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """What a step and an evaluation of the development questions take, and how much time there is."""

    step_seconds: float
    evaluation_seconds: float
    seconds_left: float


def fit(job: FitJob, progress: Progress) -> FitResult:
    """Fit an encoder, keep the last of the best that the development questions have seen, and save it."""
    set_verbosity_error()  # its warnings are for whoever writes training scripts
    set_seed(job.data.seed)
    device = resolve_device(job.device)
    bfloat16 = has_bfloat16(device)
    model, dev = load_model(job.source, device), job.data.dev
    base_weights = {name: value.detach().clone() for name, value in model.state_dict().items()}

    # What the model scores before, and how long such an evaluation takes.
    dev_began = time.monotonic()
    base_questions, base_passages = vectors_of(model, dev, bfloat16)
    dev_seconds = time.monotonic() - dev_began
    score_before = dev.mean(dev.ndcg(base_questions, base_passages))

    # In the end everything is evaluated again, once for each share of the base that is averaged in.
    evaluation_seconds = dev_seconds + _outside_seconds(model, job.data.outside, bfloat16)
    steps_deadline = job.until - LAST_EVALUATIONS * evaluation_seconds
    averaging_deadline = job.until - evaluation_seconds

    data = _near_its_base(model, job, bfloat16)
    if job.options.freeze_word_embeddings:
        _freeze_word_embeddings(model)
    watch = Watch(
        until=steps_deadline,
        progress=progress,
        base=measure_geometry(base_passages),
        patience=job.options.patience,
    )
    trainer = _trainer(model, replace(job, data=data), watch, bfloat16, dev_seconds)
    progress.stage("training all layers", trainer.args.max_steps)
    checkpoint = checkpoints.get_last_checkpoint(str(job.work)) if job.resume and job.work.is_dir() else None
    with interruptible(watch):
        started: Any = trainer
        started.train(resume_from_checkpoint=checkpoint)
    score_fitted = _kept_score(trainer, score_before)
    mixed = average_with(model, base_weights, data, bfloat16, job.options.base_shares, score_fitted, averaging_deadline)
    told = "fitted %.4f; with %.2f of the base %.4f, general recall loss %.4f; before %.4f"
    log.info(told, score_fitted, mixed.share, mixed.score, mixed.lost, score_before)
    if is_first():
        model.save_pretrained(str(job.target), create_model_card=False)
    return FitResult(
        score=mixed.score,
        before=score_before,
        history=tuple(watch.history),
        why=f"{watch.why or 'All steps are done.'} {mixed.said}".strip(),
        pairs_per_second=watch.steps * trainer.args.per_device_train_batch_size / max(watch.stepping, 1e-9),
    )


def _near_its_base(model: SentenceTransformer, job: FitJob, bfloat16: bool) -> TrainingData:
    """Hold general texts to where the model that this begins from has them, which need not be the live one."""
    general = job.data.general
    if not general.texts or not job.options.distillation_weight:
        return job.data
    return replace(job.data, general=replace(general, vectors=encoded(model, general.texts, bfloat16)))


def _outside_seconds(model: SentenceTransformer, outside: DevSet | None, bfloat16: bool) -> float:
    """Say how long it takes to read what lies outside the domain, by a part of it."""
    if outside is None:
        return 0.0
    part = outside.passages[:: max(1, len(outside.passages) // SAMPLED)]
    began = time.monotonic()
    encoded(model, part, bfloat16)
    return (time.monotonic() - began) * len(outside.passages) / len(part)


def _freeze_word_embeddings(model: SentenceTransformer) -> None:
    for name, parameter in model.named_parameters():
        if "word_embeddings" in name:
            parameter.requires_grad = False


def _trainer(model: SentenceTransformer, job: FitJob, watch: Watch, bfloat16: bool, dev_seconds: float) -> Fitter:
    data, options = job.data, job.options
    tokens = tokenize(data, model.tokenizer, options, prompts_of(model))
    size = batch_size(data, tokens, options)
    batches = GlobalBatches(lengths_of(data, tokens), size, data.seed)
    collator = Collator(data=data, tokens=tokens, options=options, rank=rank(), world=world())
    evaluator = DevEvaluator(data.dev, bfloat16, watch.see, CheckpointChoice(data.dev, job.work, resume=job.resume))

    def trainer_with(steps: int, steps_apart: int) -> Fitter:
        args = _arguments(job, bfloat16, size, steps, steps_apart)
        made = Fitter(model, args, collator, batches, evaluator, [watch])
        made.remove_callback(PrinterCallback)  # a front door says what is to be said
        return made

    all_steps = max(1, math.ceil(options.epochs * len(batches)))
    timing = Timing(
        step_seconds=_step_seconds(trainer_with(all_steps, all_steps), collator, batches),
        evaluation_seconds=dev_seconds,
        seconds_left=watch.until - time.monotonic(),
    )
    steps, steps_apart = steps_in_time(all_steps, max(1, len(batches) // options.evaluations_per_epoch), timing)
    log.info("%d of %d steps, %d between evaluations; %s", steps, all_steps, steps_apart, timing)
    return trainer_with(from_first(steps), from_first(steps_apart))


def steps_in_time(all_steps: int, steps_apart: int, timing: Timing) -> tuple[int, int]:
    """Return the steps that there is time for and those between evaluations: as asked, where there is time for all."""
    step, evaluation, left = timing.step_seconds, timing.evaluation_seconds, timing.seconds_left
    if all_steps * step + all_steps / steps_apart * evaluation <= left:
        return all_steps, steps_apart
    steps = min(all_steps, max(1, int(max(0.0, left) * (1 - EVALUATING) / step)))
    # An evaluation may cost as much as many steps: then there are fewer, and one after the last step in any case.
    least_apart = math.ceil(evaluation * (1 - EVALUATING) / EVALUATING / step)
    evaluations = max(1, steps // max(steps_apart, least_apart))
    return steps, math.ceil(steps / evaluations)


def _arguments(
    job: FitJob, bfloat16: bool, size: int, steps: int, steps_apart: int
) -> SentenceTransformerTrainingArguments:
    options = job.options
    return SentenceTransformerTrainingArguments(
        output_dir=str(job.work),
        max_steps=steps,
        learning_rate=options.learning_rate,
        warmup_steps=max(1, round(options.warmup_ratio * steps)),
        weight_decay=options.weight_decay,
        optim="adamw_torch_fused",
        bf16=bfloat16,
        eval_strategy="steps",
        eval_steps=steps_apart,
        save_strategy="steps",
        save_steps=steps_apart,
        save_total_limit=2,
        logging_steps=steps_apart,
        load_best_model_at_end=True,
        metric_for_best_model=KEPT_KEY,
        greater_is_better=True,
        per_device_train_batch_size=size,
        report_to="none",
        disable_tqdm=True,
        seed=job.data.seed,
        use_cpu=resolve_device(job.device) == "cpu",
        dataloader_pin_memory=False,
    )


def _step_seconds(trainer: Fitter, collator: Collator, batches: GlobalBatches) -> float:
    """Time a few steps that change nothing."""
    took: list[float] = []
    model: Any = trainer.model
    model.train()
    for rows, _ in zip(batches, range(PROBED), strict=False):
        began = time.monotonic()
        with trainer.compute_loss_context_manager():
            loss = trainer.compute_loss(model, collator(rows))
        loss.backward()
        model.zero_grad()
        took.append(time.monotonic() - began)
    timed = took[1:] or took  # the first one prepares
    return sum(timed) / len(timed)


def prompts_of(model: SentenceTransformer) -> Mapping[Side, str]:
    """Return what a model wants in front of questions and of passages."""
    prompts = model.prompts
    passage = next((prompts[name] for name in PASSAGE_PROMPTS if prompts.get(name)), None)
    return {"query": prompts.get("query") or "", "document": passage or ""}


def _kept_score(trainer: Fitter, before: float) -> float:
    """Return the score of the evaluation whose checkpoint was loaded, be it from before the run was cut off."""
    step = trainer.state.best_global_step
    evaluations = [item for item in trainer.state.log_history if SCORE_KEY in item and item["step"] == step]
    return evaluations[-1][SCORE_KEY] if evaluations else before


def fit_together(job: FitJob, progress: Progress) -> FitResult:
    """Fit with every process there is; called by the first one."""
    if world() > 1:
        from_first_any(replace(job, until=job.until - time.monotonic()))  # clocks differ between machines
    return fit(job, progress)


@contextmanager
def leading() -> Generator[None]:
    """Send the others home in the end, however it comes."""
    try:
        yield
    finally:
        if world() > 1 and is_first():
            from_first_any(None)


def follow() -> None:
    """Fit along with the first process until it sends this one home."""
    while (job := from_first_any(None)) is not None:
        fit(replace(job, until=job.until + time.monotonic()), Silent())
