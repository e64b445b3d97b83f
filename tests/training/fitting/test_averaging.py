"""The mean of what a model has been on its way."""

import pytest
import torch
from sentence_transformers import SentenceTransformer

from retriever.encoding.loading import load_model
from retriever.encoding.modelfolder import find_model_folder
from tests.training.lessons import directions, lesson
from training.fitting.averaging import FEWEST_LOOKS, Trail

pytestmark = pytest.mark.slow
TAUGHT = lesson(directions(4), directions(4), ())
AT = "0.auto_model.encoder.layer.0.output.dense.bias"


@pytest.fixture
def model() -> SentenceTransformer:
    return load_model(find_model_folder(""), "cpu")


def move(model: SentenceTransformer, by: float) -> torch.Tensor:
    """Move one bias, and give what it was."""
    bias = model.get_parameter(AT)
    before = bias.detach().clone()
    with torch.no_grad():
        bias += by
    return before


def test_the_mean_of_all_looks_takes_over_where_it_is_nearly_as_good(model: SentenceTransformer) -> None:
    trail = Trail()
    trail.on_evaluate(model=model)
    start = move(model, 0.03)
    trail.on_evaluate(model=model)
    move(model, 0.03)
    trail.on_evaluate(model=model)
    best = move(model, 1.0) + 1.0  # the look that was kept
    assert trail.take_over(model, TAUGHT, bfloat16=False, best=2.0) == 2.0, "nothing scores nearly as much"
    assert torch.equal(model.get_parameter(AT), best)
    assert trail.take_over(model, TAUGHT, bfloat16=False, best=0.0) > 0
    assert torch.allclose(model.get_parameter(AT), start + 0.03, atol=1e-6)


def test_one_look_has_no_mean(model: SentenceTransformer) -> None:
    trail = Trail()
    trail.on_evaluate(model=model)
    assert trail.looks < FEWEST_LOOKS
    best = move(model, 1.0) + 1.0
    assert trail.take_over(model, TAUGHT, bfloat16=False, best=0.0) == 0.0
    assert torch.equal(model.get_parameter(AT), best)
