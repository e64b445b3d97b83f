"""Two systems, blind: a judge sees both lists without names, in either order, and has to say the same twice.

The live search stands against one leg alone, or against another generation.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

import numpy as np

from eval.pinned import open_generation
from eval.rating.judge import JudgeIdentity, Ungraded, passage_key, query_key
from eval.rating.pages import Page
from eval.rating.store import RatingStore
from eval.runs import Plain
from eval.statistics import Interval, bootstrap
from hone.errors import UsageError
from hone.progress import Progress, Silent
from hone.records import Asker, Hit
from hone.registry import Generation
from hone.workspace import Workspace
from retriever.ranking.legs import usual_legs
from retriever.searching.hits import hit_of
from retriever.searching.live import OpenIndex
from retriever.searching.page import Layout, lay_out
from retriever.searching.searcher import Question, Searcher

Choice = Literal["first", "second", "tie"]
Winner = Literal["a", "b", "tie"]
CHANCE = 7  # the seed of the order in which questions are asked
NOT_ASKED = Ungraded(kind="not asked", what="the comparison was interrupted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Faceoff:
    """What two systems show for one question."""

    id: str  # the search's, or the question's
    query: str
    asker: Asker
    a: tuple[Hit, ...]
    b: tuple[Hit, ...]

    @property
    def same(self) -> bool:
        """Whether both show the same."""
        return [hit.passage for hit in self.a] == [hit.passage for hit in self.b]

    def lists(self, *, swapped: bool = False) -> "Lists":
        """Lay both out for a judge."""
        first, second = (self.b, self.a) if swapped else (self.a, self.b)
        return Lists(query=self.query, asker=self.asker, first=first, second=second)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """Two lists as a judge sees them: nothing tells which system either is of."""

    query: str
    asker: Asker
    first: tuple[Hit, ...]
    second: tuple[Hit, ...]

    @property
    def key(self) -> str:
        """A hash of the question and of what a judge reads of both lists, in this order."""
        sides = (",".join(map(passage_key, side)) for side in (self.first, self.second))
        return hashlib.sha256("|".join((query_key(self.query), *sides)).encode()).hexdigest()


HeardChoice = Callable[[Lists, Choice | Ungraded], None]


class Chooser(Protocol):
    """Decides which of two lists is better."""

    @property
    def identity(self) -> JudgeIdentity: ...

    def choose(self, lists: Sequence[Lists], heard: HeardChoice) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceVerdict:
    """What came of one question."""

    id: str
    query: str
    winner: Winner | None  # none: an order got no answer
    flipped: bool  # whichever came first won, or whichever came second
    same: bool  # both showed the same, and nobody was asked
    why: str = ""  # it has no winner


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceComparison:
    """How often each system was better."""

    judge: JudgeIdentity
    verdicts: tuple[PreferenceVerdict, ...]
    asked: int  # orders that were put to the judge now
    cached: int  # whose answers were there from before

    def count(self, winner: Winner | None) -> int:
        """Count the questions that this system won; none counts those without an answer."""
        return sum(verdict.winner == winner for verdict in self.verdicts)

    @property
    def same(self) -> int:
        """Count the questions for which both showed the same."""
        return sum(verdict.same for verdict in self.verdicts)

    @property
    def gain(self) -> Interval:
        """The share of questions that B wins less the share that A wins, ties among them."""
        points: Mapping[Winner, float] = {"a": -1.0, "b": 1.0, "tie": 0.0}
        return bootstrap(np.array([points[winner] for winner in self._judged], dtype=np.float64))

    def share(self, winner: Winner) -> Interval:
        """The share of the judged questions that this system won, or that neither did."""
        return bootstrap(np.array([found == winner for found in self._judged], dtype=np.float64))

    @property
    def _judged(self) -> list[Winner]:
        return [verdict.winner for verdict in self.verdicts if verdict.winner is not None]

    @property
    def flip_rate(self) -> float:
        """The share of the questions asked both ways in which the place on the page decided; not a number of none."""
        asked = [verdict for verdict in self.verdicts if verdict.winner is not None and not verdict.same]
        return sum(verdict.flipped for verdict in asked) / len(asked) if asked else float("nan")


def compare_blind(
    faceoffs: Sequence[Faceoff],
    chooser: Chooser,
    store: RatingStore,
    *,
    seed: int = CHANCE,
    progress: Progress | None = None,
) -> PreferenceComparison:
    """Ask for each question in both orders; where the two answers differ it is a tie.

    All are asked in an order drawn by chance, so that nothing can be told from what came before. Each answer is kept
    at once: interrupted, it goes on from there.
    """
    listener = progress or Silent()
    both = {item.key: item for face in faceoffs if not face.same for item in (face.lists(), face.lists(swapped=True))}
    said: dict[str, Choice | Ungraded] = {**_known(store, chooser.identity)}
    new = [item for key, item in both.items() if key not in said]

    def heard(item: Lists, choice: Choice | Ungraded) -> None:
        if not isinstance(choice, Ungraded):
            store.keep_choice(chooser.identity, item.key, choice)
        said[item.key] = choice
        listener.advance(1)

    listener.stage("comparing", len(new))
    if new:
        chance: list[int] = np.random.default_rng(seed).permutation(len(new)).tolist()
        chooser.choose([new[place] for place in chance], heard)
    return PreferenceComparison(
        judge=chooser.identity,
        verdicts=tuple(_verdict(face, said) for face in faceoffs),
        asked=len(new),
        cached=len(both) - len(new),
    )


def _known(store: RatingStore, judge: JudgeIdentity) -> dict[str, Choice]:
    known: dict[str, Choice] = {choice: choice for choice in get_args(Choice)}
    return {key: known[choice] for key, choice in store.choices(judge).items()}


def _verdict(face: Faceoff, said: Mapping[str, Choice | Ungraded]) -> PreferenceVerdict:
    if face.same:
        return PreferenceVerdict(id=face.id, query=face.query, winner="tie", flipped=False, same=True)
    straight, swapped = (said.get(face.lists(swapped=way).key, NOT_ASKED) for way in (False, True))
    for one in (straight, swapped):
        if isinstance(one, Ungraded):
            why = f"{one.kind}: {one.what}"
            return PreferenceVerdict(id=face.id, query=face.query, winner=None, flipped=False, same=False, why=why)
    winners: dict[object, Winner] = {"first": "a", "second": "b", "tie": "tie"}
    mirrored: dict[object, Winner] = {"first": "b", "second": "a", "tie": "tie"}
    one, other = winners[straight], mirrored[swapped]
    flipped = straight == swapped != "tie"
    winner = one if one == other else "tie"
    return PreferenceVerdict(id=face.id, query=face.query, winner=winner, flipped=flipped, same=False)


def faceoffs(searcher: Searcher, pages: Sequence[Page], rival: str, depth: int) -> Iterator[Faceoff]:
    """Set the live search (A) against a rival (B), each question once: one leg alone or a generation's name."""
    asked = {(page.query, page.asker.groups): page for page in pages}.values()
    with ExitStack() as stack:
        other = None if rival in usual_legs() else _generation(searcher.workspace, rival, stack)
        for page in asked:
            question = Question(text=page.query, asker=page.asker, hits=depth)
            result = next(iter(searcher.search_all([question])))
            order = result.stages[rival] if other is None else _order(searcher, question, other)
            b = _page(searcher, order, question, depth)
            yield Faceoff(id=page.id, query=question.text, asker=question.asker, a=result.hits, b=b)


def _order(searcher: Searcher, question: Question, other: OpenIndex) -> tuple[tuple[str, float], ...]:
    vector = other.encoder.encode_queries([question.text])[0]
    return tuple((hit.id, hit.score) for hit in searcher.rank(question, vector, other).order)


def _page(searcher: Searcher, order: Sequence[tuple[str, float]], question: Question, depth: int) -> tuple[Hit, ...]:
    layout = Layout(hits=depth, per_document=searcher.workspace.settings.search.per_document)
    placed = searcher.library.place([name for name, _ in order])
    entries = lay_out(order, placed, question.asker, layout)
    return tuple(hit_of(entry.placed, rank) for rank, entry in enumerate(entries, 1))


def rival_settings(workspace: Workspace, rival: str) -> Plain:
    """Say in a run's settings what the rival is: a name alone would not tell which model it was."""
    if rival in usual_legs():
        return {"leg": rival}
    model = _named(workspace, rival).model
    return {"generation": rival, "model": model.id, "hash": model.card.hash}


def _generation(workspace: Workspace, name: str, stack: ExitStack) -> OpenIndex:
    opened = open_generation(workspace, _named(workspace, name))
    stack.callback(opened.store.close)
    stack.callback(opened.encoder.close)
    return opened


def _named(workspace: Workspace, name: str) -> Generation:
    found = {item.id: item for item in workspace.registry.generations() if item.state == "ready"}
    if name not in found:
        known = ", ".join((*usual_legs(), *found))
        raise UsageError(f"{name!r} isn't something to compare with.", hint=f"Choose from: {known}.")
    return found[name]
