"""Vectors that heads make of those there are: a matrix product in place of encoding a library anew."""

from hone.workspace import Workspace
from retriever.encoding.encoder import Encoder
from retriever.encoding.vectorcache import VectorCache, hash_text
from training.lesson.passages import read_passages
from training.tiers.attempt import Heads
from training.tiers.heads import turn

AT_ONCE = 4096


def seed_vectors(workspace: Workspace, encoder: Encoder, heads: Heads, model_hash: str) -> int:
    """Put the new model's vectors of every passage into the cache, and tell how many."""
    passages = read_passages(workspace, encoder, restricted=True)
    cache = VectorCache(workspace.vectors)
    try:
        for start in range(0, len(passages.texts), AT_ONCE):
            keys = [hash_text(text) for text in passages.texts[start : start + AT_ONCE]]
            cache.put(model_hash, keys, turn(passages.vectors[start : start + AT_ONCE], heads.passage))
    finally:
        cache.close()
    return len(passages.texts)
