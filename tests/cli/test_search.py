"""`hone search`: as whom, of what, why, and many at once."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ir_measures
import pytest

from tests.commands import done

Hone = Callable[..., Any]

TOML = """
[encoder]
model = "hash"
[[sources]]
name = "wiki"
path = "../wiki"
groups = ["everyone"]
[[sources]]
name = "hr"
path = "../hr"
groups = ["hr"]
[[sources]]
name = "faq"
path = "../faq.jsonl"
groups = ["everyone"]
[people.ana]
groups = ["hr"]
[people.bo]
"""
FILES = {
    "wiki/it/vpn.md": "# VPN\n\nReset the tunnel when the falcon sleeps.\n",
    "wiki/it/mail.html": "<html><body><h1>Mail</h1><p>The falcon carries letters to every office.</p></body></html>",
    "wiki/ops/tool.py": "def falcon_speed():\n    return 300\n",
    "hr/pay.md": "# Pay\n\nThe falcon keeper is paid monthly.\n",
}
FAQ = (
    {"_id": "q-old", "title": "Old", "text": "A falcon was bought.", "modified": "2020-02-02"},
    {"_id": "q new", "title": "New", "text": "A falcon was sold.", "modified": "2024-05-05T15:00:00Z"},
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One workspace for all of these: they only read it, but for the log."""
    root = tmp_path_factory.mktemp("search")
    home = root / "home"
    home.mkdir()
    (home / "hone.toml").write_text(TOML)
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "wiki" / "broken.pdf").write_bytes(b"%PDF-1.4 nothing else")
    (root / "faq.jsonl").write_text("\n".join(map(json.dumps, FAQ)))
    done(home, "documents", "sync")
    return home


def found(said: Any) -> list[str]:
    assert said.code == 0, said.err
    return [hit["document"] for hit in said.json["hits"]]


EVERYONES = {"wiki/it/vpn.md", "wiki/it/mail.html", "wiki/ops/tool.py", "q-old", "q new"}


def test_the_json_of_a_search_is_as_it_was_asked_for(hone: Hone) -> None:
    said = hone("search", "where does the falcon sleep", "--as", "ana", "--json", "-k", "3").json
    assert {"search_id", "query", "asker", "model", "generation", "took_ms", "hits"} <= said.keys()
    assert (said["query"], said["asker"]) == ("where does the falcon sleep", "ana")
    assert {"encode", "legs", "fuse", "page", "total"} <= said["took_ms"].keys()
    assert [hit["rank"] for hit in said["hits"]] == [1, 2, 3]
    hit = said["hits"][0]
    asked_for = ["rank", "document", "passage", "title", "heading", "text", "offsets", "url", "score", "channels"]
    assert set(asked_for) <= hit.keys()
    assert hit["document"] == "wiki/it/vpn.md"
    start, end = hit["offsets"]
    stored = hone("documents", "show", hit["document"]).out.split("\n\n", 1)[1]
    assert stored[start:end] == hit["text"]
    assert {"dense", "bm25", "fused"} == hit["channels"].keys()
    assert all({"rank", "score"} == channel.keys() for channel in hit["channels"].values())


def test_each_asker_sees_their_own(hone: Hone) -> None:
    assert set(found(hone("search", "falcon", "--json"))) == EVERYONES
    assert set(found(hone("search", "falcon", "--json", "--as", "bo"))) == EVERYONES
    assert set(found(hone("search", "falcon", "--json", "--as", "ana"))) == {*EVERYONES, "hr/pay.md"}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--source", "wiki"), {"wiki/it/vpn.md", "wiki/it/mail.html", "wiki/ops/tool.py"}),
        (
            ("--source", "wiki", "--source", "faq", "--kind", "md", "--kind", "record"),
            {"wiki/it/vpn.md", "q-old", "q new"},
        ),
        (("--kind", "py"), {"wiki/ops/tool.py"}),
        (("--path", "it"), {"wiki/it/vpn.md", "wiki/it/mail.html"}),
        (("--path", "/it/"), {"wiki/it/vpn.md", "wiki/it/mail.html"}),
        (("--path", "i"), set[str]()),
        (("--path", "it/vpn.md"), {"wiki/it/vpn.md"}),
        (("--path", "../hr"), set[str]()),
        (("--source", "hr"), set[str]()),
        (("--until", "2020-02-02"), {"q-old"}),
        (("--until", "2024-05-05"), {"q-old", "q new"}),
        (("--until", "2024-05-04"), {"q-old"}),
        (("--since", "2020-02-03", "--until", "2024-12-31"), {"q new"}),
        (("--since", "2024-12-31", "--until", "2020-01-01"), set[str]()),
        (("--kind", "nosuch"), set[str]()),
    ],
)
def test_filters_narrow(hone: Hone, options: tuple[str, ...], expected: set[str]) -> None:
    assert set(found(hone("search", "falcon", "--json", *options))) == expected


def test_why_gives_each_hits_place_at_every_stage(hone: Hone) -> None:
    said = hone("search", "tunnel falcon", "--why").out
    assert "why: dense #1 (" in said
    assert "bm25 #1 (" in said
    assert "fused #1 (" in said
    assert "why:" not in hone("search", "tunnel falcon").out


@pytest.mark.parametrize(
    ("document", "options", "outcome", "message"),
    [
        ("nosuch.md", (), "unknown", "hone documents list"),
        ("wiki/broken.pdf", (), "refused", "PDF"),
        ("hr/pay.md", (), "not permitted", "hr"),
        ("hr/pay.md", ("--as", "bo"), "not permitted", "hr"),
        ("hr/pay.md", ("--as", "ana"), "ranked", "at rank"),
        ("wiki/it/vpn.md", ("--kind", "py"), "filtered", "its kind is md"),
        ("wiki/it/vpn.md", ("--source", "faq", "--until", "2020-01-01"), "filtered", "its source is wiki"),
        ("it/vpn.md", ("-k", "1"), "ranked", "ranked"),
    ],
)
def test_why_follows_an_expected_document(
    hone: Hone, document: str, options: tuple[str, ...], outcome: str, message: str
) -> None:
    told = hone("search", "falcon letters", document, "--why", "--json", *options).json
    assert told["outcome"] == outcome
    assert message in told["message"]
    assert bool(told["channels"]) == (outcome == "ranked")
    printed = hone("search", "falcon letters", document, "--why", *options)
    assert printed.code == 0
    assert f": {outcome}" in printed.out


def test_why_says_where_a_document_ranked_that_is_not_on_the_page(hone: Hone) -> None:
    told = hone("search", "letters to every office", "wiki/it/vpn.md", "--why", "--json", "-k", "1").json
    assert told["outcome"] == "ranked"
    assert told["channels"]["dense"]["rank"] > 1
    assert "by meaning" in told["message"]
    assert "bm25" not in told["channels"], "it has none of the question's words"


def test_why_says_when_a_document_is_not_indexed(hone: Hone, home: Path) -> None:
    """A document in the library that the live generation was built without, as after a sync that was cut off."""
    from dataclasses import replace

    from hone.settings import read_settings
    from hone.workspace import Workspace
    from retriever.library.librarian import Librarian
    from retriever.library.library import Library
    from retriever.library.rows import Fingerprint, StoredDocument

    workspace = Workspace(read_settings(home))
    library, librarian = Library(workspace.database), Librarian(workspace.database)
    known = library.document("wiki/it/vpn.md")
    passage = library.passages(known.id)[0]
    late = replace(known, id="wiki/late.md", path="late.md")
    moved = replace(passage, id="11111111-1111-4111-8111-111111111111", document=late.id)
    whole = Fingerprint(item=late.path, version="1", content_hash="x")
    librarian.put(
        [StoredDocument(document=late, text="", syntax="", warnings=(), fingerprint=whole, passages=(moved,))]
    )
    told = hone("search", "falcon", "wiki/late.md", "--why", "--json").json
    librarian.remove([late.id])
    workspace.close()
    assert told["outcome"] == "not indexed"
    assert "hone documents sync" in told["message"]


def test_a_batch_writes_a_run_that_others_can_score(hone: Hone, tmp_path: Path) -> None:
    queries = tmp_path / "queries.jsonl"
    # A line separator inside a JSON string is no end of a line.
    queries.write_text('{"_id": "1", "text": "falcon sold\u2028?"}\n\n{"_id": 2, "text": "reset the tunnel"}\n')
    run = tmp_path / "out.trec"
    said = hone("search", "--batch", queries, "--run", run)
    assert (said.code, said.err) == (0, "")
    assert [path.name for path in sorted(tmp_path.glob("out*"))] == ["out.trec"]
    judged = [ir_measures.Qrel("1", "q%20new", 1), ir_measures.Qrel("2", "wiki/it/vpn.md", 1)]
    scored = ir_measures.calc_aggregate(  # pyright: ignore[reportUnknownMemberType]  # its types are partial
        [ir_measures.RR],
        judged,
        ir_measures.read_trec_run(str(run)),  # pyright: ignore[reportUnknownMemberType]
    )
    assert scored[ir_measures.RR] == 1.0
    lines = [line.split() for line in run.read_text().splitlines()]
    assert all(len(line) == 6 for line in lines)
    for query in ("1", "2"):
        named = [line[2] for line in lines if line[0] == query]
        assert len(named) == len(set(named)) == len(EVERYONES)
    assert "hr/pay.md" not in run.read_text()
    hone("search", "--batch", queries, "--run", run, "--as", "ana", "--depth", "2", "--source", "hr")
    assert {line.split()[2] for line in run.read_text().splitlines()} == {"hr/pay.md"}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (b'{"_id": "1"}\n{"text": "x"}\n', "2 problems"),
        (b'{"_id": "1", "text": "a"}\n{"_id": "1", "text": "b"}\n', "is on line 1 too"),
        (b'{"_id": "1 2", "text": "a"}\n', "line 1: _id"),
        (b'{"_id": "1", "text": "   "}\n', "line 1: text"),
        (b'{"_id": "1", "text": "' + b"x" * 5000 + b'"}\n', "line 1: text"),
        (b"\xff\xfe\n", "line 1"),
        (b"[]\n", "line 1"),
        (b"\n\n", "no questions"),
    ],
)
def test_a_bad_batch_is_told_line_by_line(hone: Hone, tmp_path: Path, lines: bytes, said: str) -> None:
    queries = tmp_path / "queries.jsonl"
    queries.write_bytes(lines)
    told = hone("search", "--batch", queries, "--run", tmp_path / "out.trec")
    assert told.code == 2
    assert said in told.err
    assert list(tmp_path.glob("out*")) == []


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("",), "The question is empty"),
        ((" \t ",), "The question is empty"),
        ((), "The question is empty"),
        (("x" * 4001,), "4,001 characters"),
        (("falcon", "--as", "nobody-known"), "There is no person 'nobody-known'"),
        (("vpn", "keeps", "--as", "ana"), 'hone search "vpn keeps"'),
        (("falcon", "-k", "0"), "Try 'hone search -h'"),
        (("falcon", "--since", "yesterday"), "yesterday"),
        (("--batch", "nosuch.jsonl", "--run", "out"), "There is no file nosuch.jsonl"),
        (("--batch", "nosuch.jsonl"), "--batch and --run go together"),
    ],
)
def test_what_is_asked_wrongly_is_answered_with_a_remedy(hone: Hone, command: tuple[str, ...], said: str) -> None:
    told = hone("search", *command)
    assert (told.code, told.out) == (2, "")
    assert said in told.err


@pytest.mark.parametrize(
    "query", ["???", "'; DROP TABLE documents; --", "[/red]", "\x00", "🦅", "falcon " * 500, "NEAR(a b)"]
)
def test_odd_questions_are_questions(hone: Hone, query: str) -> None:
    assert set(found(hone("search", query, "--json"))) <= EVERYONES
    assert hone("search", query, "--why").code == 0


def test_a_run_goes_nowhere_that_does_not_exist(hone: Hone, tmp_path: Path) -> None:
    queries = tmp_path / "queries.jsonl"
    queries.write_text('{"_id": "1", "text": "falcon"}')
    told = hone("search", "--batch", queries, "--run", tmp_path / "no" / "out.trec")
    assert told.code == 2
    assert str(tmp_path / "no") in told.err


def test_what_was_asked_is_in_the_log(hone: Hone) -> None:
    asked = hone("search", "falcon keeper", "--as", "ana", "--json").json
    shown = hone("searches", "show", asked["search_id"], "--json").json
    assert shown["person"] == "ana"
    assert shown["shown"] == [hit["passage"] for hit in asked["hits"]]
    assert set(shown["stages"]) == {"dense", "bm25", "fused"}


def test_a_search_that_can_not_be_logged_is_answered_all_the_same(hone: Hone, home: Path) -> None:
    hone("search", "falcon", "--json")
    (home / "log.db").rename(home / "log.kept")
    (home / "log.db").write_bytes(b"this is no database" * 100)
    told = hone("search", "falcon", "--json")
    (home / "log.kept").replace(home / "log.db")
    assert set(found(told)) == EVERYONES
    assert any("log.db" in notice for notice in told.json["notices"])


def test_the_real_command_searches(real_hone: Hone) -> None:
    told = real_hone("search", "reset the tunnel", "--as", "ana")
    assert (told.code, told.err) == (0, "")
    assert " 1. VPN" in told.out
    assert "for ana" in told.out
