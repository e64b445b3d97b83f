"""What names a passage: a hash of the document, the text and what is above it, so altered text shows."""

from collections.abc import Sequence
from hashlib import blake2b
from uuid import UUID

from hone.records import Passage


def passage_id(document: str, heading: Sequence[str], preface: str, text: str, occurrence: int = 1) -> str:
    """Name a passage; of several that are alike in a document, each has the number of its occurrence."""
    identity = "\0".join((document, "\1".join(heading), preface, text)).encode(errors="surrogatepass")
    return str(UUID(bytes=blake2b(b"%d\0%b" % (occurrence, identity), digest_size=16).digest()))


def is_as_cut(passage: Passage) -> bool:
    """Check whether a passage is what was cut from its document: its id fits its text."""
    named = (passage.document, passage.heading, passage.preface, passage.text)
    # Its occurrence is not kept, and can't be larger than the number of passages before it.
    return any(passage_id(*named, occurrence) == passage.id for occurrence in range(1, passage.ordinal + 2))


def hash_text(text: str) -> str:
    """Hash a document's text, as the library keeps it beside the text."""
    return blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest()
