"""Who confirms negatives, by name."""

from pathlib import Path

from agents.llm.client import open_llm
from eval.rating.llm_rater import LlmRater
from hone.errors import UsageError
from hone.workspace import Workspace
from training.mining.cross_encoder import CrossEncoderConfirmer
from training.mining.llm import LlmConfirmer
from training.mining.records import Confirmer

LLM = "llm"


def open_confirmer(workspace: Workspace, named: str, device: str) -> Confirmer | None:
    """Open the LLM of the settings, the cross-encoder of a folder, or nobody where none is named."""
    if not named:
        return None
    if named != LLM:
        return CrossEncoderConfirmer(Path(named).expanduser(), device=device)
    llm = open_llm(workspace)
    if llm is None:
        raise UsageError(
            "There is no LLM in the settings to confirm negatives with.",
            hint='Name one: [llm]  base_url = "…"  model = "…", or the folder of a cross-encoder.',
        )
    return LlmConfirmer(LlmRater(llm))
