"""How Hone is doing, as admins see it, and as nobody else does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from hone.log.asks import AskLog
from hone.records import Asker
from retriever.searching.searcher import Question
from service.feedback import Word
from service.service import Service
from tests.agents.workplace import ANA, BO
from tests.service.conftest import company, indexed
from tests.service.overview.test_feedback import write_run, write_sheet
from tests.service.overview.test_misses import ask
from tests.ui.opened import open_page, service, words
from ui.admin.models import DECISIONS
from ui.admin_page import SECTIONS
from ui.answer.steps import STAGES

__all__ = ["company", "indexed", "service"]

ROOT = Asker(name="root", groups=frozenset({"admin"}))
MOON = "What is the colour of the moon base?"


def opened(service: Service, section: str, asker: Asker = ROOT) -> AppTest:
    page = open_page("admin_page", service, asker, section=section)
    assert not page.exception
    return page


def asked(service: Service, question: str, *askers: Asker) -> None:
    for asker in askers:
        list(service.ask(question, asker).tail())


def unanswered(service: Service, question: str, *people: str) -> None:
    """Log a question that found no answer; what the assistant makes of one is not these pages' matter."""
    for person in people:
        made = ask(f"{question} {person}", at=datetime.now(UTC), verdict="insufficient")
        AskLog(service.workspace.log_database).record(replace(made, question=question, client_id=person))


def cells(page: AppTest) -> str:
    frames: list[Any] = [frame.value for frame in page.dataframe]
    return "\n".join(str(frame.to_string()) for frame in frames)


@pytest.mark.parametrize("asker", [ANA, BO, Asker(), Asker(name="eve", groups=frozenset({"admins", "Admin"}))])
def test_for_everybody_else_there_is_no_such_page(service: Service, asker: Asker) -> None:
    page = opened(service, "Models", asker)
    assert page.title[0].value != "Admin"
    assert page.title[0].value not in SECTIONS
    assert not page.tabs
    assert not page.dataframe


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_stands_on_an_empty_log(service: Service, section: str) -> None:
    page = opened(service, section)
    assert [tab.label for tab in page.tabs] == list(SECTIONS)


def test_only_the_open_section_is_computed(service: Service) -> None:
    assert "Sources" in words(opened(service, "Corpus"))
    assert "Sources" not in words(opened(service, "Models"))


def test_the_corpus_is_shown_in_figures(service: Service) -> None:
    page = opened(service, "Corpus")
    assert [metric.value for metric in page.metric][:3] == ["7", "7", "0"]
    assert len(page.success) == 1
    assert not page.warning
    assert "Everyone" in cells(page)
    assert "wiki" in cells(page)


def test_an_index_that_is_behind_is_told_with_its_remedy(service: Service) -> None:
    with service.workspace.database.write() as connection:
        connection.exec_driver_sql("UPDATE library SET revision = revision + 1")
    assert "hone documents sync" in words(opened(service, "Corpus"))


def test_gaps_are_topics_without_names(service: Service) -> None:
    unanswered(service, MOON, "ana", "bo")
    page = opened(service, "Content gaps")
    told = words(page)
    assert r"What is the colour of the moon base\?" in told
    assert "2 questions · 2 people" in told
    assert "2 × no answer" in told
    assert "serve.names" in told
    assert "Asked by" not in told


def test_names_and_times_of_a_topic_of_one_person_need_the_setting(service: Service) -> None:
    unanswered(service, MOON, "ana")
    told = words(opened(service, "Content gaps"))
    assert "1 question · 1 person" in told.splitlines()
    assert "Asked by" not in told
    with service.workspace.settings.file.open("a", encoding="utf-8") as file:
        file.write("names = true\n")  # under [serve], which stands last
    told = words(opened(service, "Content gaps"))
    assert "Asked by ana" in told
    assert "1 person · last" in told


def test_speed_is_shown_by_stage_and_day(service: Service) -> None:
    asked(service, "How often is the VPN password changed?", ANA)
    AskLog(service.workspace.log_database).record(ask("earlier", at=datetime.now(UTC) - timedelta(days=2)))
    page = opened(service, "Speed")
    for stage in ("encode", "legs", "fuse", "plan", "judge", "total"):
        assert stage in cells(page)
    assert [metric.value for metric in page.metric if metric.label == "Number"] == ["1", "2"]
    assert len(page.get("vega_lite_chart") or page.get("arrow_vega_lite_chart")) == 1  # of answers: two days


def test_what_did_not_work_is_counted(service: Service) -> None:
    lost = {"stage": "plan", "what": "no reply within 60 s", "instead": "planned by rules"}
    AskLog(service.workspace.log_database).record(replace(ask("a", at=datetime.now(UTC)), degraded=(lost,)))
    page = opened(service, "Problems")
    assert "no reply within 60 s" in cells(page)
    assert STAGES["plan"] in cells(page)
    assert [metric.value for metric in page.metric] == ["1", "1", "100 %"]
    assert "llm.base_url" in words(page)


def test_models_show_what_is_live_and_what_the_gate_said(service: Service) -> None:
    page = opened(service, "Models")
    assert "hone models retrain" in words(page)
    assert "in use" in cells(page)
    home = service.workspace.home
    write_sheet(
        home,
        "m0001",
        "manifest.json",
        model="lora@1",
        created="2026-11-20T00:00:00Z",
        tried=[{"tier": "lora", "score": 0.61, "seconds": 200.0, "said": "Nothing better came for a while."}],
        history=[{"step": n, "seconds": n, "score": 0.5 + n / 100, "loss": 1, "rank": 1, "cosine": 0} for n in (1, 9)],
    )
    write_sheet(
        home,
        "m0001",
        "verdict.json",
        model="lora@1",
        decided="2026-11-20T00:00:00Z",
        decision="refused",
        reasons=["better: Too few questions: 61 of 140"],
        checks=[
            {"name": "better", "passed": False, "says": "Too few questions: 61 of 140"},
            {"name": "space", "passed": True, "says": "As wide as the base's."},
        ],
        measures=[{"name": "nDCG@10", "live": 0.5, "candidate": 0.51, "low": -0.02, "high": 0.03}],
        slices=[{"name": "kind: table", "live": 0.4, "candidate": 0.3, "questions": 31}],
        regressions=[{"question": "<b>Where</b>?", "before": 1.0, "after": 0.25}],
        questions=61,
        needed=140,
    )
    (home / "models" / "m0001" / "forgotten.json").write_text(
        '{"forgotten": [{"when": "2026-11-21T00:00:00Z", "evidence": 3, "measured": 0, "key": "k"}]}', encoding="utf-8"
    )
    write_sheet(home, "m0002", "manifest.json", model="broken", created="yesterday")
    page = opened(service, "Models")
    told = words(page)
    for part in (
        DECISIONS["refused"][0],
        "61 of 140",
        "about 79 more",
        "**better** (failed)",
        "**space** (passed)",
        "with 3 pieces",
        "nDCG@10 0.610",
        "hone models show m0001",
        "models/m0002/manifest.json",
    ):
        assert part in told, part
    assert [fold.label for fold in page.expander][:2] == ["Checks: 1 of 2 passed", "By kind of question: 1"]
    assert "rollback" not in told, "there is nothing to go back to"
    for part in ("-0.020 to +0.030", "kind: table", "<b>Where</b>?", "Nothing better came"):
        assert part in cells(page), part
    assert len(page.get("vega_lite_chart") or page.get("arrow_vega_lite_chart")) == 1


def test_a_model_that_passed_is_shown_with_the_command_that_promotes_it(service: Service) -> None:
    home, live = service.workspace.home, service.workspace.registry.live()
    assert live is not None
    for version, model in (("m0001", live.model.id), ("m0002", "lora@2")):
        write_sheet(home, version, "manifest.json", model=model, created="2026-11-20T00:00:00Z")
        write_sheet(home, version, "verdict.json", model=model, decided="2026-11-20T00:00:00Z", decision="passed")
    (home / "models" / ".m0003.fitting").mkdir()
    told = words(opened(service, "Models"))
    assert "hone models promote m0002" in told
    assert "hone models promote m0001" not in told, "it is live"
    assert "m0003" in told


def test_feedback_is_reviewed_without_names(service: Service) -> None:
    result = service.search(Question(text="severance budget", asker=BO))
    word = Word(action="relevant", search_id=result.search_id, object_id="hr/severance.md", reason="<b>This</b>")
    service.feedback.give(word, BO)
    told = words(opened(service, "Feedback"))
    assert "severance budget" in told
    assert "by bo" not in told
    assert "Severance" not in told  # an admin is not in hr
    assert r"\<b\>This" in told
    assert "<b>" not in told


def test_runs_are_listed_and_their_report_can_be_read(service: Service) -> None:
    home = service.workspace.home
    write_run(home, "20261121-100000-retrieval-bbbb")
    write_run(home, "20261122-100000-retrieval-cccc", finished=False)
    page = opened(service, "Evaluations")
    assert "interrupted" in cells(page)
    assert not page.get("download_button")
    page.selectbox(key="run").select("20261121-100000-retrieval-bbbb").run()
    assert not page.exception
    assert len(page.get("download_button")) == 1
    assert "nDCG@10" in cells(page)
