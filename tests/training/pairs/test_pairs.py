"""Pairs from judgments, files and headings; mixed, split, and told what was wrong."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from hone.errors import UsageError
from retriever.encoding.hashing import HashEncoder
from retriever.library.library import Library
from tests.training.conftest import TOPICS
from tests.training.office import MORNING, NOW, Office, shelved
from training.evidence.usable import find_usable
from training.pairs.leaks import find_leaks
from training.pairs.prepare import prepare
from training.pairs.sources import PairInputs, collect, from_headings
from training.pairs.splits import Shares, documents_of
from training.records import Pair

VPN = "vpn.md#0"


def given(office: Office, *files: Path) -> PairInputs:
    judgments = office.usable().judgments
    return PairInputs(library=Library(office.workspace.database), judgments=judgments, files=files)


def written(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def lines(folder: Path, *items: object) -> Path:
    return written(folder, "pairs.jsonl", "\n".join(map(json.dumps, items)))


def test_a_judgment_becomes_a_pair_with_the_text_that_the_index_has(office: Office) -> None:
    event = office.act(office.search("ana", "vpn  token?", (VPN,)), "relevant", VPN)
    (pair,) = collect(given(office))
    assert (pair.query, pair.passage, pair.source, pair.grade) == ("vpn token?", VPN, "log", 3)
    assert pair.text.startswith("All about vpn › Part 0\nThe vpn rules say")
    assert [(ground.kind, ground.id) for ground in pair.grounds] == [("relevant", event.event_id)]


def test_what_speaks_against_a_passage_makes_no_pair(office: Office) -> None:
    search = office.search("ana", "vpn token", (VPN,))
    ask = office.ask([search], [VPN])
    office.act(search, "thumb_down", attributes={"ask_id": ask.ask_id})
    assert collect(given(office)) == []


def test_of_a_whole_document_the_passage_with_most_of_the_words_is_taken(office: Office) -> None:
    search = office.search("ana", "lost vpn helpdesk", ("vpn.md",), documents=(), imported=True)
    office.act(search, "relevant", "vpn.md")
    (pair,) = collect(given(office))
    assert pair.passage == "vpn.md#1"
    assert pair.weight == pytest.approx(0.5 * 0.896541)


def test_files_are_read_in_every_form(office: Office, tmp_path: Path) -> None:
    files = (
        lines(tmp_path, {"question": "where is lunch?", "document": "canteen.md", "weight": 0.5}),
        written(tmp_path, "pairs.csv", 'question,passage\n"who, me?","a text\nof two lines"\n'),
        written(tmp_path, "pairs.tsv", "document\tquestion\nbadge.md\tlost badge\n"),
    )
    found = {pair.query: pair for pair in collect(given(office, *files))}
    assert found["where is lunch?"].document == "canteen.md"
    assert found["where is lunch?"].weight == 0.5
    assert found["who, me?"].text == "a text\nof two lines"
    assert found["lost badge"].passage == "badge.md#1"
    assert found["lost badge"].grounds[0].id.endswith(":2")


def test_a_text_that_the_library_holds_is_its_passage(office: Office, tmp_path: Path) -> None:
    text = "The vpn rules say what everybody has to do on the  first day of every month at the vpn desk."
    (pair,) = collect(given(office, lines(tmp_path, {"question": "vpn rules", "passage": text})))
    assert (pair.passage, pair.document) == (VPN, "vpn.md")


def test_all_that_is_wrong_with_a_file_is_said_at_once(office: Office, tmp_path: Path) -> None:
    file = lines(
        tmp_path,
        {"question": "good", "document": "vpn.md"},
        {"question": "both", "document": "vpn.md", "passage": "text"},
        {"question": "", "document": "vpn.md"},
        {"question": "gone", "document": "nowhere.md"},
        {"question": "odd", "passage": "text", "wieght": 1},
        {"question": "heavy", "passage": "text", "weight": 2},
    )
    with pytest.raises(UsageError) as error:
        collect(given(office, file))
    assert [f"line {n}:" in error.value.message for n in range(1, 7)] == [False, True, True, True, True, True]
    assert "nowhere.md" in error.value.message


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.csv", "frage,text\nwho,me\n", "line 1: unknown columns 'frage', 'text'"),
        ("a.csv", "question,passage\nwho\n", "line 2: 2 columns are named"),
        ("a.csv", 'question,passage\nwho,"me\n', "line 2: can't read from here"),
        ("a.txt", "who\tme", "unknown file type .txt"),
        ("a.jsonl", "\n\n", "no pairs"),
    ],
)
def test_files_of_other_forms_are_refused(office: Office, tmp_path: Path, name: str, text: str, says: str) -> None:
    with pytest.raises(UsageError, match="(?s)" + says.replace(".", r"\.")):
        collect(given(office, written(tmp_path, name, text)))


def test_the_same_pair_from_two_places_is_one_that_rests_on_both(office: Office, tmp_path: Path) -> None:
    office.act(office.search("ana", "vpn rules", (VPN,)), "relevant", VPN)
    text = "The vpn rules say what everybody has to do on the first day of every month at the vpn desk."
    (pair,) = collect(given(office, lines(tmp_path, {"question": "VPN rules", "passage": text})))
    assert (pair.weight, {ground.kind for ground in pair.grounds}) == (1.0, {"relevant", "file"})


def many(office: Office, tmp_path: Path) -> PairInputs:
    """Return 200 questions about 100 documents, with copies among both."""
    office.shelve(
        *(
            shelved(f"doc{n}.md", f"word{n} word{n + 500} is explained here in full and at length for everybody")
            for n in range(100)
        )
    )
    asked = [
        {"question": f"what is word{n} word{n + 500} {m}", "document": f"doc{n}.md"} for n in range(100) for m in "ab"
    ]
    return given(office, lines(tmp_path, *asked))


def test_prepared_pairs_are_split_mixed_and_without_leaks(office: Office, tmp_path: Path) -> None:
    source = many(office, tmp_path)
    prepared = prepare(source, general=0.2, shares=Shares(dev=0.2, test=0.2), encoder=HashEncoder())
    splits = prepared.splits
    assert find_leaks(splits, HashEncoder()) == ()
    assert min(len(splits.train), len(splits.dev), len(splits.test)) > 10
    assert documents_of(splits.train).isdisjoint(documents_of((*splits.dev, *splits.test)))
    general = [pair for pair in splits.train if pair.source == "headings"]
    assert general
    assert len(general) <= 0.25 * len(splits.train)
    assert (
        prepared.fingerprint
        == prepare(source, general=0.2, shares=Shares(dev=0.2, test=0.2), encoder=HashEncoder()).fingerprint
    )


def test_the_fingerprint_is_of_what_was_said_and_not_of_the_hour_or_the_day(office: Office) -> None:
    office.act(office.search("ana", "vpn token", (VPN,)), "relevant", VPN)
    office.write()
    dawn = NOW - timedelta(hours=5)  # when what was done the day before was less than a whole day old
    early, noon, tomorrow = (find_usable(office.workspace, now=at) for at in (dawn, NOW, NOW + timedelta(days=1)))
    assert early.fingerprint == noon.fingerprint
    assert noon.judgments[0].weight > tomorrow.judgments[0].weight
    library = Library(office.workspace.database)
    made = {
        prepare(PairInputs(library=library, judgments=item.judgments), general=0).fingerprint
        for item in (noon, tomorrow)
    }
    assert len(made) == 1
    office.act(office.search("bo", "leave rules", ("leave.md#0",)), "relevant", "leave.md#0")
    assert prepare(given(office), general=0).fingerprint not in made


def test_a_question_stays_where_it_was_when_more_is_known(office: Office, tmp_path: Path) -> None:
    source = many(office, tmp_path)
    before = {pair.query for pair in prepare(source, general=0).splits.test}
    for topic in TOPICS:
        search = office.search("ana", f"zzz {topic} rules", (f"{topic}.md#0",), MORNING)
        office.act(search, "relevant", f"{topic}.md#0")
    after = {pair.query for pair in prepare(given(office, *source.files), general=0).splits.test}
    assert before <= after


def test_copies_on_two_sides_are_found_told_and_taken_out_of_training(office: Office, tmp_path: Path) -> None:
    text = "one long text that somebody has copied into many places of the house for all of us to read and keep"
    asked = [{"question": f"q{n}a w{n}b z{n}c", "passage": f"{text} {'x' * n}"} for n in range(40)]
    prepared = prepare(given(office, lines(tmp_path, *asked)), general=0, shares=Shares(dev=0.3, test=0.3))
    assert (prepared.splits.train, prepared.splits.dev) == ((), ())
    assert 0 < len(prepared.splits.test) < 40


def test_what_not_everybody_may_read_is_refused_or_told(office: Office, tmp_path: Path) -> None:
    source = given(office, lines(tmp_path, {"question": "severance", "document": "severance.md"}))
    assert prepare(source).refused == 1
    assert prepare(source, restricted=True).restricted == {"severance.md"}


def test_headings_ask_for_what_stands_below_them_without_giving_it_away(office: Office) -> None:
    found: list[Pair] = from_headings(Library(office.workspace.database), 30)
    assert all(pair.document != "severance.md" for pair in found)
    (pair,) = [pair for pair in found if pair.passage == VPN]
    assert pair.query == "All about vpn Part 0"
    assert "All about" not in pair.text
