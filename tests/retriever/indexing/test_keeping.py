"""What may be gone back to, read from the pointer's moves: (generation, model, why) each."""

import pytest

from hone.records import EncoderCard
from hone.registry import Generation, Model, Move
from retriever.indexing.keeping import before, behind, way_back

CARD = EncoderCard(
    model="hash", hash="a", dimensions=8, max_tokens=9, query_prompt="", passage_prompt="", truncate_dim=None
)


def moves(*told: str) -> list[Move]:
    """Make moves from words: `g3:new` is a build that went live, `g1:old<` a rollback."""
    made: list[Move] = []
    for place, word in enumerate(told):
        name, _, model = word.rstrip("<").partition(":")
        generation = Generation(
            id=name,
            model=Model(id=model, location="hash", card=CARD),
            engine="embedded",
            state="ready",
            passages=0,
            library_revision=0,
            cosine_mean=0.0,
            cosine_deviation=1.0,
            built=0.0,
        )
        back = word.endswith("<")
        made.append(Move(generation=generation, at=float(place), why="", kind="rollback" if back else "build"))
    return made


@pytest.mark.parametrize(
    ("told", "way", "back", "emergency"),
    [
        ("", "", "", ""),
        ("g1:a", "a", "", ""),
        ("g1:a g2:a", "a", "", "g1"),
        ("g1:a g2:b", "a b", "g1", "g1"),
        ("g1:a g2:a g3:b g4:b", "a b", "g2 g1", "g3 g2 g1"),
        ("g1:a g2:b g3:c", "a b c", "g2", "g2 g1"),
        ("g1:a g2:b g1:a<", "a", "", ""),
        ("g1:a g2:b g1:a< g3:a", "a", "", "g1"),
        ("g1:a g2:b g3:c g2:b<", "a b", "g1", "g1"),
        ("g1:a g2:b g3:c g2:b< g1:a<", "a", "", ""),
        ("g1:a g2:b g1:a< g3:b", "a b", "g1", "g2 g1"),  # promoted again
        ("g1:a g2:b g3:a", "a b a", "g2", "g1 g2"),  # rebuilt with the old encoder, which is no rollback
        ("g1:a g2:b g3:a g2:b<", "a b", "g3 g1", "g3 g1"),  # the newest generation of a is the best
        ("g1:a< g2:a", "a", "", "g1"),  # what it was gone back from has been pruned
    ],
)
def test_the_way_back(told: str, way: str, back: str, emergency: str) -> None:
    made = moves(*told.split())
    assert way_back(made) == way.split()
    assert [item.id for item in before(made)] == back.split()
    assert [item.id for item in behind(made)] == emergency.split()
