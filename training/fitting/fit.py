"""Fitting one encoder within a time, from a model folder to a better one."""

import logging
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sentence_transformers import SentenceTransformer, SentenceTransformerTrainingArguments
from transformers import PrinterCallback, set_seed, trainer_utils
from transformers.utils.logging import set_verbosity_error

from hone.progress import Progress
from retriever.encoding.loading import has_bfloat16, load_model, resolve_device
from retriever.encoding.sentence import PASSAGE_PROMPTS
from training.candidates.manifest import Point
from training.fitting.averaging import average_with
from training.fitting.batches import Collator, GlobalBatches, Side, batch_size, lengths_of, tokenize
from training.fitting.callbacks import Watch, interruptible
from training.fitting.checkpoint_choice import Latest
from training.fitting.dev_evaluator import KEPT_KEY, SCORE_KEY, DevEvaluator, encoded, vectors_of
from training.fitting.options import FitOptions
from training.fitting.processes import from_first, is_first, rank, world
from training.fitting.trainer import Fitter
from training.gate.geometry import measure_geometry
from training.lesson.dev_set import DevSet
from training.lesson.lesson import Lesson

log = logging.getLogger(__name__)
checkpoints: Any = trainer_utils  # partly untyped

PROBED = 3  # steps timed before the schedule is laid out
SAMPLED = 64  # passages from outside the domain that are timed, at least
ENDING = 2  # times that everything is looked at in the end, at least: as fitted, and with a share of its beginning
LOOKING = 0.15  # of a time that is short, at most, goes into looks at the development questions


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """What became of a fit."""

    score: float  # of the development questions, by the weights in force
    before: float  # of the model it began from
    history: tuple[Point, ...]
    why: str  # it ended, and how much of its beginning was averaged in
    pairs_per_second: float  # while steps were made, looks left out


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to fit, from where to where, and until when."""

    lesson: Lesson
    source: Path  # a model folder
    target: Path  # where the fitted one goes
    work: Path  # checkpoints
    options: FitOptions
    until: float  # monotonic
    resume: bool = False
    device: str = "auto"


def fit(job: Job, progress: Progress) -> Fit:
    """Fit an encoder, keep the last of the best that the development questions have seen, and save it."""
    set_verbosity_error()  # its warnings are for whoever writes training scripts
    set_seed(job.lesson.seed)
    device = resolve_device(job.device)
    model = load_model(job.source, device)
    bfloat16 = has_bfloat16(device)
    base = {name: value.detach().clone() for name, value in model.state_dict().items()}
    began = time.monotonic()
    questions, passages = vectors_of(model, job.lesson.dev, bfloat16)
    look = time.monotonic() - began
    before = job.lesson.dev.mean(job.lesson.dev.ndcg(questions, passages))
    job = _near_its_beginning(model, job, bfloat16)
    _prepare(model, job)
    everything, ends = look + _outside_seconds(model, job.lesson.outside, bfloat16), job.until
    job = replace(job, until=ends - ENDING * everything)
    watch = Watch(until=job.until, progress=progress, base=measure_geometry(passages), patience=job.options.patience)
    trainer = _trainer(model, job, watch, bfloat16, look)
    progress.stage("fitting all layers", trainer.args.max_steps)
    found = checkpoints.get_last_checkpoint(str(job.work)) if job.resume and job.work.is_dir() else None
    with interruptible(watch):
        started: Any = trainer
        started.train(resume_from_checkpoint=found)
    kept = _kept_score(trainer, before)
    mixed = average_with(model, base, job.lesson, bfloat16, job.options.averages, kept, ends - everything)
    told = "kept %.4f; with %.2f of the base %.4f, %.4f lost outside; before %.4f"
    log.info(told, kept, mixed.share, mixed.score, mixed.lost, before)
    if is_first():
        model.save_pretrained(str(job.target), create_model_card=False)
    return Fit(
        score=mixed.score,
        before=before,
        history=tuple(watch.history),
        why=f"{watch.why or 'All steps that it was given are done.'} {mixed.said}".strip(),
        pairs_per_second=watch.steps * trainer.args.per_device_train_batch_size / max(watch.stepping, 1e-9),
    )


def _near_its_beginning(model: SentenceTransformer, job: Job, bfloat16: bool) -> Job:
    """Hold general texts to where the model that this begins from has them, which need not be the live one."""
    general = job.lesson.general
    if not general.texts or not job.options.distil:
        return job
    vectors = encoded(model, general.texts, bfloat16)
    return replace(job, lesson=replace(job.lesson, general=replace(general, vectors=vectors)))


def _outside_seconds(model: SentenceTransformer, outside: DevSet | None, bfloat16: bool) -> float:
    """Tell how long it takes to read what lies outside the domain, by a part of it."""
    if outside is None:
        return 0.0
    part = outside.passages[:: max(1, len(outside.passages) // SAMPLED)]
    began = time.monotonic()
    encoded(model, part, bfloat16)
    return (time.monotonic() - began) * len(outside.passages) / len(part)


def _prepare(model: SentenceTransformer, job: Job) -> None:
    """Decide which parameters move."""
    if job.options.frozen_words:
        for name, parameter in model.named_parameters():
            if "word_embeddings" in name:
                parameter.requires_grad = False


def _trainer(model: SentenceTransformer, job: Job, watch: Watch, bfloat16: bool, look: float) -> Fitter:
    lesson, options = job.lesson, job.options
    tokens = tokenize(lesson, model.tokenizer, options, prompts_of(model))
    size = batch_size(lesson, tokens, options)
    batches = GlobalBatches(lengths_of(lesson, tokens), size, lesson.seed)
    collator = Collator(lesson=lesson, tokens=tokens, options=options, rank=rank(), world=world())
    evaluator = DevEvaluator(lesson.dev, bfloat16, watch.see, Latest(lesson.dev, job.work, resume=job.resume))

    def trainer_with(steps: int, apart: int) -> Fitter:
        args = _arguments(job, bfloat16, size, steps, apart)
        made = Fitter(model, args, collator, batches, evaluator, [watch])
        made.remove_callback(PrinterCallback)  # a front door says what is to be said
        return made

    most = max(1, math.ceil(options.epochs * len(batches)))
    step = _step_seconds(trainer_with(most, most), collator, batches)
    steps, apart = laid_out(most, max(1, len(batches) // options.looks), step, look, job.until - time.monotonic())
    return trainer_with(from_first(steps), from_first(apart))


def laid_out(most: int, apart: int, step: float, look: float, left: float) -> tuple[int, int]:
    """Give the steps that there is time for, and how far apart the looks are: as asked, where there is time for all."""
    if most * step + most / apart * look <= left:
        return most, apart
    steps = min(most, max(1, int(max(0.0, left) * (1 - LOOKING) / step)))
    # A look may cost as much as many steps: then there are fewer of them, and one after the last step in any case.
    looks = max(1, steps // max(apart, math.ceil(look * (1 - LOOKING) / LOOKING / step)))
    return steps, math.ceil(steps / looks)


def _arguments(job: Job, bfloat16: bool, size: int, steps: int, apart: int) -> SentenceTransformerTrainingArguments:
    options = job.options
    return SentenceTransformerTrainingArguments(
        output_dir=str(job.work),
        max_steps=steps,
        learning_rate=options.rate,
        warmup_steps=max(1, round(options.warmup * steps)),
        weight_decay=options.decay,
        optim="adamw_torch_fused",
        bf16=bfloat16,
        eval_strategy="steps",
        eval_steps=apart,
        save_strategy="steps",
        save_steps=apart,
        save_total_limit=2,
        logging_steps=apart,
        load_best_model_at_end=True,
        metric_for_best_model=KEPT_KEY,
        greater_is_better=True,
        per_device_train_batch_size=size,
        report_to="none",
        disable_tqdm=True,
        seed=job.lesson.seed,
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
    """Give what a model wants in front of questions and of passages."""
    prompts = model.prompts
    passage = next((prompts[name] for name in PASSAGE_PROMPTS if prompts.get(name)), None)
    return {"query": prompts.get("query") or "", "document": passage or ""}


def _kept_score(trainer: Fitter, before: float) -> float:
    """Give the score of the look whose checkpoint was loaded, be it from before the run was cut off."""
    step = trainer.state.best_global_step
    looks = [look for look in trainer.state.log_history if SCORE_KEY in look and look["step"] == step]
    return looks[-1][SCORE_KEY] if looks else before
