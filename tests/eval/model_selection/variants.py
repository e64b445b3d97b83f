"""Small real models made on the spot: no second one need be at hand."""

from pathlib import Path
from typing import Any, cast

import torch
import transformers
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer import modules as parts

from retriever.encoding.modelfolder import find_model_folder

library, modules, random = cast("Any", (transformers, parts, torch))  # they are partly untyped
CARD = "---\nlanguage: en\nlicense: mit\n---\n# Tiny\n"


def random_bert(folder: Path, *, dimensions: int = 32, window: int = 48, card: str = CARD) -> Path:
    """Save a BERT that has learned nothing, with the packaged model's words."""
    random.manual_seed(0)
    tokenizer = library.BertTokenizerFast.from_pretrained(find_model_folder(""))
    shape = {"hidden_size": dimensions, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    bert = library.BertModel(library.BertConfig(vocab_size=len(tokenizer), max_position_embeddings=64, **shape))
    inner = folder.with_name(f"{folder.name}-parts")
    bert.save_pretrained(inner, safe_serialization=True)
    tokenizer.save_pretrained(inner)
    transformer = modules.Transformer(str(inner), max_seq_length=window)
    SentenceTransformer(modules=[transformer, modules.Pooling(dimensions)], device="cpu").save_pretrained(str(folder))
    (folder / "README.md").write_text(card, encoding="utf-8")
    return folder


def shortened(folder: Path, dimensions: int) -> Path:
    """Save the packaged model so that it gives fewer dimensions."""
    model = SentenceTransformer(str(find_model_folder("")), device="cpu", truncate_dim=dimensions)
    model.save_pretrained(str(folder))
    return folder
