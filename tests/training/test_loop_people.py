"""The simulated people of `benchmarks/loop`: the same every time, as noisy as they are said to be, and honest."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest

from benchmarks.loop.acting import act
from benchmarks.loop.asking import Turn, deal
from benchmarks.loop.attacking import push
from benchmarks.loop.habits import HABITS, first_day
from benchmarks.loop.homes import fresh_copy, open_home, prepare
from benchmarks.loop.known import Wanted, read_known
from benchmarks.loop.measuring import MEASURES, Held, Numbers, compare, measure
from benchmarks.loop.pushed import judged_for
from benchmarks.loop.using import assault, recall, remember, use
from hone.log.rows import Event, LoggedSearch
from hone.progress import Silent
from hone.records import Hit
from hone.workspace import Workspace
from tests.training.office import MORNING
from training.evidence.rules import EvidenceRules

COLOURS = ("red", "green", "blue", "white", "black", "amber", "violet", "silver")
THINGS = ("kettle", "ladder", "anchor", "lantern", "compass", "saddle", "hammer", "needle", "pillow", "mirror")
HABITS_HERE = replace(HABITS, people=40, days=14)
START = first_day(HABITS_HERE, 1, 1)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a data set: eighty things, each wanted in one training question, and some of them by strangers."""
    folder = tmp_path_factory.mktemp("data") / "things"
    (folder / "qrels").mkdir(parents=True)
    names = [(colour, thing) for colour in COLOURS for thing in THINGS]
    corpus = [{"_id": f"{a}-{b}", "title": "", "text": f"The {a} {b} is kept in the cellar."} for a, b in names]
    asked = [{"_id": f"q-{a}-{b}", "text": f"where is the {a} {b}"} for a, b in names]
    strange = [{"_id": "t1", "text": "the red kettle, please"}, {"_id": "t2", "text": "Where is the BLUE mirror?"}]
    for file, rows in (("corpus.jsonl", corpus), ("queries.jsonl", asked + strange)):
        (folder / file).write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    train = "".join(f"q-{a}-{b}\t{a}-{b}\t1\n" for a, b in names)
    head = "query-id\tcorpus-id\tscore\n"
    (folder / "qrels" / "train.tsv").write_text(head + train, encoding="utf-8")
    (folder / "qrels" / "test.tsv").write_text(f"{head}t1\tred-kettle\t1\nt2\tblue-mirror\t1\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def base(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Index it with an encoder that needs no model."""
    homes = tmp_path_factory.mktemp("homes")
    (homes / "things").mkdir()
    (homes / "things" / "hone.toml").write_text('[encoder]\nmodel = "hash"\n', encoding="utf-8")
    return prepare(homes, data.parent, "things", Silent())


@pytest.fixture
def workspace(base: Path, tmp_path: Path) -> Iterator[Workspace]:
    """Open a fresh copy."""
    opened = open_home(fresh_copy(base, tmp_path / "home"))
    yield opened
    opened.close()


def wanted(number: int, text: str = "where is the red kettle now") -> Wanted:
    return Wanted(id=f"q{number}", text=text, gold=frozenset({"gold"}), siblings=("the kettle that is red",))


def turn(number: int, wording: int = 0) -> Turn:
    one = wanted(number)
    return Turn(id=f"t{number}", person="p1", wanted=one, text=one.text, at=MORNING, wording=wording)


def hits(*documents: str) -> list[Hit]:
    return [
        Hit(
            rank=rank,
            document=name,
            passage=f"{name}#0",
            title=name,
            heading=(),
            text=name,
            start=0,
            end=1,
            page=None,
            source="wiki",
            path=name,
            kind="md",
            url="",
            modified=MORNING,
            score=1.0,
            channels={},
        )
        for rank, name in enumerate(documents, 1)
    ]


def test_nobody_asks_a_held_out_question(data: Path) -> None:
    known = read_known(data)
    assert known.left_out == 1  # "Where is the BLUE mirror?" is a training question in other letters
    assert not {one.text.casefold() for one in known.asked} & {"where is the blue mirror", "the red kettle, please"}
    assert known.unseen == {"t2"}  # whoever asks the other one wants what a training question wants


def test_questions_are_dealt_to_several_people_on_working_days() -> None:
    asked = [wanted(number) for number in range(500)]
    turns = deal(asked, HABITS, first_day(HABITS, 1, 1))
    assert turns == deal(asked, HABITS, first_day(HABITS, 1, 1))
    askers = Counter(item.wanted.id for item in turns)
    assert min(askers.values()) >= 1
    assert len(askers) == 500
    assert np.mean(list(askers.values())) == pytest.approx(HABITS.askers, rel=0.1)
    assert len({(item.person, item.wanted.id) for item in turns}) == len(turns)  # nobody asks a thing twice
    assert all(item.at.weekday() < 5 for item in turns)
    assert {item.id for item in deal(asked, HABITS, first_day(HABITS, 1, 2))}.isdisjoint(item.id for item in turns)


def test_people_are_as_noisy_as_they_are_said_to_be() -> None:
    page = hits("a", "b", "gold", "c", "d")
    deeds = [act(turn(number), page, HABITS) for number in range(6000)]
    acted = [one for one in deeds if one.events]
    seen = 3**-HABITS.look
    told = (1 - HABITS.silent) * (seen * (1 - HABITS.wrong) + (1 - seen) * HABITS.lost)
    assert sum(one.right for one in deeds) / 6000 == pytest.approx((1 - HABITS.silent) * seen, rel=0.12)
    assert len(acted) / 6000 == pytest.approx(told, rel=0.15)
    assert 0.08 < sum(one.wrong for one in acted) / len(acted) < 0.16
    clicked = Counter(one.events[0].object_id for one in acted)
    assert clicked["a#0"] > clicked["b#0"] > clicked["c#0"] > 0  # the higher, the likelier a mistake


def test_whoever_finds_nothing_may_put_it_otherwise_and_gives_up_in_the_end() -> None:
    again = [one.again for one in (act(turn(number), hits("a"), HABITS) for number in range(3000)) if one.again]
    share = (1 - HABITS.silent) * (1 - HABITS.lost) * HABITS.rewords
    assert len(again) / 3000 == pytest.approx(share, rel=0.2)
    assert all(item.text != turn(0).text and item.wording == 1 for item in again)
    assert 0.3 < sum(item.text == "the kettle that is red" for item in again) / len(again) < 0.7
    assert not any(act(turn(number, wording=2), hits("a"), HABITS).again for number in range(500))


def test_the_log_holds_real_searches_and_the_same_ones_each_time(
    workspace: Workspace, base: Path, data: Path, tmp_path: Path
) -> None:
    asked = read_known(data).asked
    used = use(workspace, asked, HABITS_HERE, START, Silent())
    lines = list(workspace.log.stream())
    searches = [line for line in lines if isinstance(line, LoggedSearch)]
    events = [line for line in lines if isinstance(line, Event)]
    live = workspace.registry.live()
    assert live is not None
    assert used.searches == len(searches) > 300
    assert used.right > 50
    assert {(item.model, item.generation) for item in searches} == {(live.model.id, live.id)}
    assert all(set(item.stages) == {"dense", "bm25", "fused"} and item.shown for item in searches)
    shown = {item.search_id: item for item in searches}
    assert all(event.object_id in shown[event.search_id].shown for event in events)
    assert all(event.person == shown[event.search_id].person for event in events)
    again = open_home(fresh_copy(base, tmp_path / "again"))
    assert use(again, asked, HABITS_HERE, START, Silent()) == used
    assert [line for line in again.log.stream() if isinstance(line, Event)] == events
    again.close()
    remember(workspace.home, HABITS_HERE, used)
    assert recall(workspace.home, HABITS_HERE) == used
    assert recall(workspace.home, replace(HABITS_HERE, silent=0.5)) is None


def test_patient_attackers_stay_below_bursts_and_naive_ones_do_not(workspace: Workspace, data: Path) -> None:
    habits, asked = replace(HABITS_HERE, attackers=0.05, attacked=60), read_known(data).asked
    use(workspace, asked, habits, START, Silent())
    attack = assault(workspace, asked, habits, START, Silent())
    assert len(attack.wordings) == 60
    assert not any(attack.document in one.gold for one, _ in attack.wordings)
    patient, naive = (
        max(
            len(list(turns))
            for _, turns in groupby(
                sorted(push(attack, replace(habits, burst=burst), START), key=lambda item: (item.person, item.at)),
                key=lambda item: (item.person, item.at.replace(minute=0, second=0, microsecond=0)),
            )
        )
        for burst in (False, True)
    )
    assert patient < EvidenceRules().person_hour / 4 < EvidenceRules().person_hour < naive
    assert 0 < judged_for(workspace, attack) <= EvidenceRules().document.least


def test_misses_removed_are_net_of_new_ones(workspace: Workspace, data: Path) -> None:
    live = workspace.registry.live()
    assert live is not None
    held = measure(workspace, live, read_known(data).held_out)
    assert held.ids == ("t1", "t2")
    assert held.rankings[0][0] == "red-kettle"
    before, after = (_held(values) for values in ([0, 0, 0, 0, 1, 1], [1, 1, 1, 0, 0, 1]))
    gain = compare(before, after)
    assert (gain.missed_before, gain.missed_after, gain.fixed, gain.new) == (4, 2, 3, 1)
    assert gain.removed.mean == 0.5
    assert gain.removed.low < 0.5 < gain.removed.high


def _held(found: list[int]) -> Held:
    values = np.array(found, dtype=np.float64)
    scores: Mapping[str, Numbers] = dict.fromkeys(map(str, MEASURES), values)
    return Held(
        ids=tuple(map(str, range(len(found)))),
        scores={"fused": scores, "dense": scores},
        rankings=tuple(() for _ in found),
    )
