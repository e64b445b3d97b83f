"""A sealed generation under a second name, which takes no room: its files never change, so both may share them."""

from pathlib import Path

from hone.errors import HoneError
from hone.records import EncoderCard
from retriever.storing.copying import copy_tree, link_file, remove_tree
from retriever.storing.generation_names import checked_name
from retriever.storing.manifest import MANIFEST, read_manifest, seal
from retriever.storing.owning import OWNER


def link_generation(root: Path, generation: str, to: str, encoder: EncoderCard) -> None:
    """Link a generation under a second name, for an encoder that makes the same vectors."""
    source, target, unfinished = root / checked_name(generation), root / checked_name(to), root / f".{to}.copying"
    written = read_manifest(source)
    for left in (unfinished, target):
        remove_tree(left)
    copy_tree(source, unfinished, link_file)
    for name in (MANIFEST, OWNER):
        (unfinished / name).unlink(missing_ok=True)
    unfinished.rename(target)
    facts = {"points": written.points, "library_revision": written.library_revision, "analyser": written.analyser}
    sealed = seal(target, encoder=encoder, engine=written.engine, **facts)
    if sealed.files != written.files:
        remove_tree(target)
        raise HoneError(
            f"Generation {generation} was changed after it was built, so it wasn't copied.",
            hint="Rebuild the index: hone index rebuild",
        )
