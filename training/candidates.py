"""Models that were trained: `models/<version>/` with a manifest, and what the gate said of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from hone.errors import HoneError, UsageError
from retriever.indexing.encoders import TRAINED
from training.drafts import VERSION, Draft, seal_folder, write_whole
from training.gate.verdict import FILE as VERDICT
from training.gate.verdict import Verdict
from training.manifest import FILE as MANIFEST
from training.manifest import Manifest
