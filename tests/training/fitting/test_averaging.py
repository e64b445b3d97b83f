"""A real encoder that forgot what it knew gets part of what it began from back."""

import time
from dataclasses import replace

import pytest
import torch

from retriever.encoding import open_encoder
from retriever.encoding.loading import load_model
from retriever.encoding.modelfolder import find_model_folder
from tests.training.lessons import MEANT, dev, jargon
from training.fitting.averaging import average_with
from training.fitting.dev_evaluator import vectors_of
from training.lesson.forgetting_probe import GENERAL_LOSS, general_recall_loss

pytestmark = pytest.mark.slow

SHARES = (0.25, 0.5, 0.75)
THINGS = [f"{word} {thing}" for word in MEANT for thing in ("desk", "form", "policy", "budget", "team")]


def test_what_forgot_gets_back_as_little_as_does_and_what_did_not_stays_as_it_is() -> None:
    model, encoder = load_model(find_model_folder(""), "cpu"), open_encoder("")
    questions, passages = [f"Where is the {one}?" for one in THINGS], [f"All about the {one}." for one in THINGS]
    known = dev(encoder.encode_queries(questions), encoder.encode_passages(passages))
    outside = replace(known, questions=tuple(questions), passages=tuple(passages))
    data = replace(jargon(encoder, 20), outside=outside)
    later = time.monotonic() + 600
    base = {name: value.detach().clone() for name, value in model.state_dict().items()}

    kept = average_with(model, base, data, False, SHARES, 0.5, later)
    assert (kept.share, kept.score) == (0.0, 0.5), "nothing was forgotten, and nothing is gained by it"

    hasty = average_with(model, base, data, False, SHARES, 0.01, time.monotonic())
    assert hasty.score == 0.01, "there is no time to look whether anything is gained"

    torch.manual_seed(7)  # pyright: ignore[reportUnknownMemberType]
    shaken = {name: value + value.std() * torch.randn_like(value) for name, value in base.items() if value.ndim > 1}
    model.load_state_dict({**base, **shaken})
    assert general_recall_loss(outside, *vectors_of(model, outside, False)) > GENERAL_LOSS
    mixed = average_with(model, base, data, False, SHARES, 0.5, later)
    now = model.state_dict()
    assert 0 < mixed.share < 1
    assert mixed.lost == pytest.approx(general_recall_loss(outside, *vectors_of(model, outside, False)))
    assert all(torch.allclose(now[name], torch.lerp(shaken[name], base[name], mixed.share)) for name in shaken)
