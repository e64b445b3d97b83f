"""A real encoder, fitted for real: it learns, stops, keeps the best, goes on where it was cut off."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hone.progress import Silent
from retriever.encoding import open_encoder
from retriever.encoding.modelfolder import find_model_folder
from tests.training.lessons import jargon
from training.fitting.fit import FitJob, FitResult, Timing, fit, steps_in_time
from training.fitting.options import FitOptions
from training.lesson.training_data import TrainingData

pytestmark = pytest.mark.slow

QUICK = FitOptions(
    learning_rate=2e-4, batch_size=32, epochs=4, evaluations_per_epoch=2, patience=3, base_shares=(), general_texts=8
)


@pytest.fixture(scope="module")
def built() -> TrainingData:
    return jargon(open_encoder(""))


def job(built: TrainingData, at: Path, options: FitOptions = QUICK, seconds: float = 600, **more: bool) -> FitJob:
    return FitJob(
        data=built,
        source=find_model_folder(""),
        target=at / "model",
        work=at / "work",
        options=options,
        until=time.monotonic() + seconds,
        device="cpu",
        **more,
    )


def served(folder: Path, built: TrainingData) -> float:
    """Score what would serve, by the encoder that serves."""
    encoder, dev = open_encoder(str(folder)), built.dev
    return float(dev.ndcg(encoder.encode_queries(dev.questions), encoder.encode_passages(dev.passages)).mean())


@pytest.mark.proof
def test_an_encoder_learns_what_words_mean(built: TrainingData, tmp_path: Path) -> None:
    fitted = fit(job(built, tmp_path), Silent())
    assert fitted.score > fitted.before + 0.15
    assert served(tmp_path / "model", built) == pytest.approx(fitted.score, abs=0.03)
    assert [point.step for point in fitted.history] == sorted({point.step for point in fitted.history})


@pytest.mark.parametrize(
    ("evaluation", "left", "steps", "apart"),
    [
        pytest.param(1.0, 130.0, 100, 10, id="time for all, be evaluations ever so dear"),
        pytest.param(1.0, 55.0, 46, 12, id="a short time, in which evaluations are cheap"),
        pytest.param(10.0, 118.0, 100, 100, id="a short time, and evaluations that cost many steps"),
        pytest.param(1000.0, 100.0, 85, 85, id="no time for an evaluation before the end"),
        pytest.param(1.0, -5.0, 1, 1, id="no time at all"),
    ],
)
def test_steps_and_evaluations_are_as_many_as_there_is_time_for(
    evaluation: float, left: float, steps: int, apart: int
) -> None:
    timing = Timing(step_seconds=1.0, evaluation_seconds=evaluation, seconds_left=left)
    assert steps_in_time(100, 10, timing) == (steps, apart)


@pytest.mark.proof
def test_it_ends_when_the_time_is_up(built: TrainingData, tmp_path: Path) -> None:
    options = FitOptions(
        batch_size=32, epochs=500, evaluations_per_epoch=1, patience=500, base_shares=(), general_texts=8
    )
    began = time.monotonic()
    fitted = fit(job(built, tmp_path, options, seconds=25), Silent())
    assert time.monotonic() - began < 90
    assert fitted.history
    assert (tmp_path / "model" / "model.safetensors").is_file()


def test_it_stops_where_nothing_gets_better(built: TrainingData, tmp_path: Path) -> None:
    stuck = FitOptions(
        learning_rate=0.0,
        batch_size=8,
        epochs=50,
        evaluations_per_epoch=12,
        patience=2,
        base_shares=(),
        general_texts=0,
        distillation_weight=0.0,
    )
    fitted = fit(job(built, tmp_path, stuck), Silent())
    assert fitted.why == "It stopped improving."
    assert len(fitted.history) == 3, "the first one, and two that were no better"
    assert fitted.score == pytest.approx(fitted.before, abs=1e-4)


@pytest.mark.proof
def test_the_last_steps_are_looked_at_too(built: TrainingData, tmp_path: Path) -> None:
    uneven = FitOptions(
        learning_rate=2e-4,
        batch_size=32,
        epochs=1.5,
        evaluations_per_epoch=1,
        base_shares=(),
        general_texts=0,
        distillation_weight=0.0,
    )
    assert [point.step for point in fit(job(built, tmp_path, uneven), Silent()).history] == [6, 9]


@pytest.mark.proof
def test_what_was_learned_when_the_time_is_up_is_looked_at(built: TrainingData, tmp_path: Path) -> None:
    fitted = fit(job(built, tmp_path, seconds=0), Silent())
    assert fitted.why == "Time was up."
    assert [point.step for point in fitted.history] == [1]
    assert fitted.score == pytest.approx(fitted.history[0].score, abs=1e-4)


@pytest.mark.proof
def test_a_space_that_falls_in_ends_the_fit(built: TrainingData, tmp_path: Path) -> None:
    wild = FitOptions(
        learning_rate=0.05,
        batch_size=32,
        epochs=20,
        evaluations_per_epoch=4,
        patience=99,
        base_shares=(),
        distillation_weight=0.0,
        freeze_word_embeddings=False,
    )
    fitted = fit(job(built, tmp_path, wild), Silent())
    assert "effective rank" in fitted.why
    assert fitted.history[-1].step < 20 * 6


@pytest.mark.proof
def test_going_on_gives_what_an_uninterrupted_fit_gives(tmp_path: Path) -> None:
    """Ctrl-C in a process of its own, then the same again with `resume`."""
    whole = _apart(tmp_path / "whole", resume=False)
    cut = _apart(tmp_path / "cut", resume=False, interrupt=True)
    assert "Interrupted" in cut.why
    assert cut.history[-1].step < whole.history[-1].step
    rest = _apart(tmp_path / "cut", resume=True)
    assert rest.history[-1].step == whole.history[-1].step
    assert rest.score == pytest.approx(whole.score, abs=0.04), "what thirty questions can tell"


@pytest.mark.proof
def test_two_processes_give_what_one_gives(tmp_path: Path) -> None:
    """The same batches, steps, evaluations and end."""
    alone = _apart(tmp_path / "alone", resume=False)
    together = _apart(tmp_path / "together", resume=False, processes=2)
    assert [point.step for point in together.history] == [point.step for point in alone.history]
    assert together.why == alone.why
    scores = [[point.score for point in found.history] for found in (together, alone)]
    assert scores[0] == pytest.approx(scores[1], abs=0.02)
    losses = [[point.loss for point in found.history] for found in (together, alone)]
    assert losses[0] == pytest.approx(losses[1], rel=0.01)


def _apart(at: Path, *, resume: bool, interrupt: bool = False, processes: int = 1) -> FitResult:
    """Fit in processes of their own, as `hone models retrain` or torchrun would."""
    _without_dropout(at / "start")
    launched = [sys.executable]
    if processes > 1:
        launched += ["-m", "torch.distributed.run", f"--nproc-per-node={processes}", "--master-port=0", "--standalone"]
    command = [*launched, str(Path(__file__).parents[1] / "fitting_alone.py"), str(at), str(int(resume))]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[3])}
    with subprocess.Popen(command, env=environment) as process:
        if interrupt:
            deadline = time.monotonic() + 300
            while not list((at / "work").glob("checkpoint-*/trainer_state.json")):
                assert time.monotonic() < deadline
                time.sleep(0.1)
            process.send_signal(signal.SIGINT)
        assert process.wait(900) == 0
    return _read(at)


def _without_dropout(folder: Path) -> None:
    """Return the packaged encoder without its dropout, which each process would draw for itself."""
    shutil.copytree(find_model_folder(""), folder, dirs_exist_ok=True)
    config = folder / "config.json"
    told = json.loads(config.read_text())
    config.write_text(json.dumps({**told, "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}))


def _read(at: Path) -> FitResult:
    import pickle

    found: FitResult = pickle.loads((at / "fit.pickle").read_bytes())
    return found
