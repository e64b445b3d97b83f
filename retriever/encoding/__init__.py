"""Texts become vectors: one opener, and the libraries that it needs only when it is called."""

from retriever.encoding.encoder import Encoder


def open_encoder(model: str, *, truncate_dim: int | None = None, device: str = "auto", name: str = "") -> Encoder:
    """Open the encoder that a name, a folder or nothing at all (the packaged model) names.

    Its card says `name` where one is given: a folder that moves with its workspace is known by its place in there.
    """
    # Late on purpose: torch and sentence-transformers take seconds to import, and most commands never encode.
    if model == "hash":
        from retriever.encoding.hashing import HashEncoder

        return HashEncoder(truncate_dim=truncate_dim)
    from retriever.encoding.sentence import SentenceEncoder

    return SentenceEncoder(model, truncate_dim=truncate_dim, device=device, name=name)
