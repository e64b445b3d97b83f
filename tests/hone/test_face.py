"""Hone as a library, on a real workspace; and docs/library.md, whose examples are run as they are written there."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import hone
from hone import Asker, Hone, HoneError, UsageError

PAGE = Path(__file__).parents[2] / "docs" / "library.md"
LAPTOPS = (
    "# New laptops\n\nYour manager approves a new laptop. Order it on the IT page, and it arrives within five days.\n"
)
BANDS = "# Salary bands\n\nA senior developer is in salary band K4, from 61,000 to 82,000 a year.\n"
QUESTION = {"id": "1", "question": "How do I get a new laptop?", "gold": [{"document": "handbook/laptops.md"}]}


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A company of two documents, one of them for hr alone, with the settings of docs/library.md."""
    home = tmp_path / "acme"
    for name, text in {"handbook/laptops.md": LAPTOPS, "hr/salary-bands.md": BANDS}.items():
        (home / name).parent.mkdir(parents=True)
        (home / name).write_text(text, encoding="utf-8")
    (home / "hone.toml").write_text('[encoder]\nmodel = "hash"\n' + _blocks("toml")[0], encoding="utf-8")
    (tmp_path / "questions.jsonl").write_text(json.dumps(QUESTION) + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return home


@pytest.fixture
def opened(acme: Path) -> Iterator[Hone]:
    with Hone.open(acme) as found:
        found.sync()
        yield found


def test_a_search_sees_what_its_person_may_read(opened: Hone) -> None:
    assert {hit.document for hit in opened.search("salary bands", person="ingrid").hits} >= {"hr/salary-bands.md"}
    kim = Asker(name="kim", groups=frozenset({"hr"}))
    assert "hr/salary-bands.md" in {hit.document for hit in opened.search("salary bands", asker=kim).hits}
    for person in ("nadia", ""):
        assert {hit.document for hit in opened.search("salary bands", person=person).hits} == {"handbook/laptops.md"}


def test_an_ask_is_answered_with_a_citation_and_heard_on_the_way(opened: Hone) -> None:
    heard: list[object] = []
    answer = opened.ask("Who approves a new laptop?", person="nadia", listen=heard.append)
    assert {citation.document for citation in answer.citations} == {"handbook/laptops.md"}
    assert len(heard) > 2
    assert opened.ask("and how long does it take?", person="nadia", thread=answer.thread).thread == answer.thread


def test_a_sync_says_what_it_did_and_an_evaluation_is_kept(opened: Hone, acme: Path) -> None:
    (acme / "handbook" / "leave.md").write_text("# Leave\n\nThere are 27 days of leave.\n", encoding="utf-8")
    (report,) = opened.sync("handbook").reports
    assert (report.added, report.unchanged) == (1, 1)
    run = opened.evaluate(acme.parent / "questions.jsonl", measures=["Success@10"], legs=["page"])
    assert run.finished
    assert run.summary()["systems"][0]["means"]["Success@10"]["mean"] == 1.0


def test_a_folder_is_added_shared_and_removed(opened: Hone, tmp_path: Path) -> None:
    for name in ("wiki.md", "drafts/plan.md"):
        (tmp_path / "team" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "team" / name).write_text(f"# Rota\n\nThe rota of {name} is on the wall.\n", encoding="utf-8")
    (report,) = opened.add(tmp_path / "team", name="rota").reports
    assert (report.source, report.added) == ("rota", 2)
    assert not _found(opened, "rota"), "without a group only admins can read it"
    opened.add(tmp_path / "team", name="rota", groups=["everyone"])
    assert _found(opened, "rota") == {"rota/wiki.md", "rota/drafts/plan.md"}
    asked: list[tuple[str, tuple[str, ...]]] = []

    def refuse(source: str, documents: Sequence[str]) -> bool:
        asked.append((source, tuple(documents)))
        return False

    for drop in (False, refuse):
        with pytest.raises(UsageError):
            opened.add(tmp_path / "team", name="rota", groups=["everyone"], ignore=["drafts/"], drop=drop)
    assert asked == [("rota", ("drafts/plan.md",))]
    assert opened.remove("rota/drafts/plan.md").reports[0].removed == 1
    assert _found(opened, "rota") == {"rota/wiki.md"}
    assert opened.remove(source="rota").orphans == {"rota": 1}
    for name in ("handbook", "a/b"):
        with pytest.raises(UsageError):
            opened.add(tmp_path / "team", name=name)
    with pytest.raises(UsageError):
        opened.remove(source="handbook")


def _found(hone: Hone, query: str) -> set[str]:
    return {hit.document for hit in hone.search(query).hits if hit.source == "rota"}


def test_a_script_without_a_main_guard_runs_once(acme: Path, tmp_path: Path) -> None:
    script = tmp_path / "once.py"
    script.write_text(
        "from hone import Hone\nprint('ran')\nwith Hone.open('acme') as h:\n    h.sync()\n", encoding="utf-8"
    )
    ran = subprocess.run(
        [sys.executable, script], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True
    )
    assert ran.stdout.split() == ["ran"]


def test_a_search_explains_a_document(opened: Hone) -> None:
    assert opened.explain("salary bands", "hr/salary-bands.md", person="nadia").outcome == "not permitted"
    assert opened.explain("salary bands", "hr/salary-bands.md", person="ingrid").outcome == "ranked"


def test_with_nothing_to_learn_from_a_retraining_is_refused_with_reasons(opened: Hone) -> None:
    verdict = opened.retrain()
    assert (verdict.decision, verdict.version) == ("refused", "")
    assert verdict.reasons


def test_what_is_wrong_has_a_remedy(acme: Path) -> None:
    with Hone.open(acme) as found:
        with pytest.raises(HoneError) as unknown:
            found.search("anything", person="somebody")
        with pytest.raises(HoneError) as empty:
            found.search("laptops")
    assert all(error.value.hint for error in (unknown, empty))


def test_the_examples_of_the_documentation_run(acme: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}
    for block in _blocks("python"):
        exec(compile(block, str(PAGE), "exec"), names)
    said = capsys.readouterr().out
    for part in ("handbook 1 added", "1 added from wiki", "New laptops", "refused"):
        assert part in said


def test_importing_is_light_and_typed() -> None:
    code = "import sys, hone; hone.Hone; print('torch' in sys.modules, hone.__version__)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["False", hone.__version__]
    assert (Path(hone.__file__).parent / "py.typed").is_file()
