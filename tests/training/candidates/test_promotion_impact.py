"""What became of people's questions."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hone.errors import HoneError
from hone.log.optouts import OptOuts
from hone.log.rows import Event, LoggedSearch
from hone.progress import Silent
from hone.records import FusionWeights
from hone.registry import Generation
from hone.workspace import Workspace
from retriever.indexing.beside import build_beside
from retriever.sources.sync import sync
from training.candidates.promotion_impact import Outcome, measure_outcomes, read_outcomes, write_outcomes
from training.records import Ground, Judgment

# The first says every word of the question and much else, the second nothing but one rare word of it: a cosine over
# words finds the second nearer, BM25 the first.
LONG = (
    "# Tokens\n\nA lost quokka token is told to the desk. "
    + "Staff of all floors may ask there on any day. " * 6
    + "\n"
)
SHORT = "# Desk\n\nTold lost.\n"
QUESTION = "Lost quokka token told?"


@pytest.fixture
def workspace(make_workspace: Callable[..., Workspace], tmp_path: Path) -> Workspace:
    docs = tmp_path / "docs"
    docs.mkdir()
    for name, text in (("long", LONG), ("short", SHORT), *((f"other{n}", f"# {n}\n\nTold {n}.\n") for n in range(30))):
        (docs / f"{name}.md").write_text(text)
    (tmp_path / "closed").mkdir()
    (tmp_path / "closed" / "secret.md").write_text("# Secret\n\nThe narwhal budget.\n")
    toml = '[[sources]]\nname = "docs"\npath = "../docs"\ngroups = ["everyone"]\n'
    workspace = make_workspace(toml + '[[sources]]\nname = "closed"\npath = "../closed"\ngroups = ["hr"]\n')
    sync(workspace, [], Silent(), wait=0)
    return workspace


@pytest.fixture
def two(workspace: Workspace) -> tuple[Generation, Generation]:
    """The live generation, and one that believes words alone."""
    live = workspace.registry.live()
    assert live is not None
    words = FusionWeights(legs={"bm25": 1000.0}, power=1.0)
    model = workspace.registry.register_model("hash", live.model.location, live.model.card, words)
    return live, build_beside(workspace, model, Silent())


def judged(query: str, document: str, grade: int = 3, weight: float = 0.9) -> Judgment:
    return Judgment(
        query=query,
        key=query.lower().strip("?"),
        cluster=query,
        passage="",
        document=document,
        grade=grade,
        weight=weight,
        people=1,
        grounds=(Ground(kind="relevant", id="e1"),),
    )


def searched(workspace: Workspace, id_: str, query: str, person: str = "ana") -> None:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    search = LoggedSearch(search_id=id_, person=person, query=query, timestamp=at, shown=("p",))
    workspace.log.add([search], [Event(action="click", search_id=id_, person=person, object_id="p", timestamp=at)])


def test_every_search_that_put_the_question_is_told_how_it_does_now(
    workspace: Workspace, two: tuple[Generation, Generation]
) -> None:
    for id_, query in (("s1", QUESTION), ("s2", QUESTION.upper()), ("s3", "Something else?")):
        searched(workspace, id_, query)
    found = measure_outcomes(workspace, *two, [judged(QUESTION, "docs/long.md")])
    assert [item.search_id for item in found] == ["s1", "s2"]
    assert found[0].before < found[0].after
    assert (found[0].before, found[0].after) == (found[1].before, found[1].after)
    backwards = measure_outcomes(workspace, two[1], two[0], [judged(QUESTION, "docs/long.md")])
    assert (backwards[0].before, backwards[0].after) == (found[0].after, found[0].before)


def test_only_what_everybody_may_read_and_nobody_withheld_is_asked_again(
    workspace: Workspace, two: tuple[Generation, Generation]
) -> None:
    searched(workspace, "s1", QUESTION)
    searched(workspace, "s2", QUESTION, person="eve")
    searched(workspace, "s3", "narwhal budget")
    OptOuts(workspace.log_database).add("eve")
    judgments = [judged(QUESTION, "docs/long.md"), judged("narwhal budget", "closed/secret.md")]
    assert [item.search_id for item in measure_outcomes(workspace, *two, judgments)] == ["s1"]
    assert measure_outcomes(workspace, *two, [judged(QUESTION, "docs/long.md", grade=0)]) == ()


def test_where_there_are_too_many_the_best_known_are_asked(
    workspace: Workspace, two: tuple[Generation, Generation]
) -> None:
    for number in range(4):
        searched(workspace, f"s{number}", f"Told {number}?")
    judgments = [judged(f"Told {number}?", f"docs/other{number}.md", weight=0.2 + number / 10) for number in range(4)]
    found = measure_outcomes(workspace, *two, judgments, limit=2)
    assert {item.search_id for item in found} == {"s2", "s3"}


def test_what_was_written_is_read_and_what_is_broken_is_said(tmp_path: Path) -> None:
    (tmp_path / "models" / "m0001").mkdir(parents=True)
    assert read_outcomes(tmp_path, "m0001") == ()
    outcomes = (Outcome(search_id="s1", before=0.25, after=1.0), Outcome(search_id="s2", before=1.0, after=0.0))
    write_outcomes(tmp_path, "m0001", outcomes)
    assert read_outcomes(tmp_path, "m0001") == outcomes
    write_outcomes(tmp_path, "m0001", [])
    assert read_outcomes(tmp_path, "m0001") == ()
    (tmp_path / "models" / "m0001" / "outcomes.json").write_text('[{"search_id": "s1"}]')
    with pytest.raises(HoneError, match="can't be read"):
        read_outcomes(tmp_path, "m0001")
    with pytest.raises(HoneError, match="no model 'm0009'"):
        write_outcomes(tmp_path, "m0009", outcomes)
