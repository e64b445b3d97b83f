"""Low-rank adapters: a few numbers beside each layer are fitted, and merged into it in the end."""

from typing import Any

from peft import LoraConfig
from peft.tuners.tuners_utils import BaseTunerLayer
from sentence_transformers import SentenceTransformer

SCALE = 2.0  # times the rank: the usual setting of alpha


def add_lora(model: SentenceTransformer, rank: int) -> None:
    """Put adapters beside all linear layers, and hold everything else still."""
    config = LoraConfig(r=rank, lora_alpha=int(SCALE * rank), target_modules="all-linear", lora_dropout=0.0)
    adapted: Any = model
    adapted.add_adapter(config)


def merge_lora(model: SentenceTransformer) -> None:
    """Add the adapters to their layers and take them away: a plain model is left."""
    transformer: Any = model.transformers_model
    for name, module in list(transformer.named_modules()):
        if isinstance(module, BaseTunerLayer):
            adapted: Any = module
            adapted.merge()
            above, _, last = name.rpartition(".")
            setattr(transformer.get_submodule(above), last, adapted.get_base_layer())
    transformer._hf_peft_config_loaded = False  # or it would be saved as adapters that are gone
    if hasattr(transformer, "peft_config"):
        del transformer.peft_config
