"""Labelling results on the admin page: one after another, with a way back, for admins and what they may read."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from eval.rating.labels import begin_walk
from eval.rating.store import Label, RatingStore
from hone.records import Asker
from retriever.searching.searcher import Question
from service.service import Service
from tests.agents.workplace import ANA, BO, SECRET
from tests.service.conftest import company, indexed
from tests.ui.opened import open_page, service, words
from ui.admin.labels import marked_text

__all__ = ["company", "indexed", "service"]

ROOT = Asker(name="root", groups=frozenset({"admin"}))
QUESTIONS = (
    "VPN password",
    "days of annual leave",
    "when does the parking garage open",
    "laptops exchanged",
    "lunch in the canteen",
    "token from the helpdesk",
    "parking hours",
    "who changes the VPN password",
    "renewal of laptops",
    "a new token",
)


@pytest.fixture
def searched(service: Service) -> Service:
    for question in QUESTIONS:
        assert service.search(Question(text=question, asker=ANA)).hits
    return service


def opened(service: Service, asker: Asker = ROOT) -> AppTest:
    page = open_page("admin_page", service, asker, section="Grading")
    assert not page.exception
    return page


def drawn(service: Service) -> AppTest:
    return press(opened(service), "Start grading")


def press(page: AppTest, label: str) -> AppTest:
    next(button for button in page.button if button.label == label).click().run()
    assert not page.exception
    return page


def grade(page: AppTest, number: int) -> AppTest:
    page.button(key=f"grade_{number}").click().run()
    assert not page.exception
    return page


def buttons(page: AppTest) -> list[str]:
    return [button.label for button in page.button]


def shown(page: AppTest) -> str:
    """Read the question and the passage, without what changes with each grade."""
    return "\n".join(str(each.value) for each in (*page.header, *page.markdown))


def given(service: Service) -> list[Label]:
    store = RatingStore(service.workspace.home)
    try:
        return store.labels()
    finally:
        store.close()


def test_nobody_else_can_label(searched: Service) -> None:
    page = opened(searched, BO)
    assert page.title[0].value != "Admin"
    assert not page.tabs
    assert not page.button


def test_without_searches_there_is_nothing_to_draw(service: Service) -> None:
    page = open_page("admin_page", service, ROOT, section="Grading")
    with pytest.raises(AssertionError, match="searched"):
        press(page, "Start grading")


def test_one_result_after_another_is_labelled_and_each_label_is_kept_at_once(searched: Service) -> None:
    page = drawn(searched)
    seen = {shown(page)}
    for number in range(4):
        assert standing(page)[0] == number
        seen.add(shown(grade(page, number)))
        assert len(given(searched)) == number + 1
    assert len(seen) == 5
    assert sorted(label.grade for label in given(searched)) == [0, 1, 2, 3]
    assert {label.person for label in given(searched)} == {"root"}


def standing(page: AppTest) -> tuple[int, int]:
    """Read how many are labelled, of how many."""
    (found,) = page.get("progress")
    done, total = re.findall(r"\d+", found.proto.text)
    return int(done), int(total)


def test_the_judges_grade_and_who_searched_are_not_told(searched: Service) -> None:
    page = drawn(searched)
    assert "ana" not in words(page).split()
    assert not any(button.proto.icon for button in page.button if str(button.key).startswith("grade_"))


def test_there_is_a_way_back_and_a_label_can_be_changed_or_taken_back(searched: Service) -> None:
    page = drawn(searched)
    first = shown(page)
    assert next(button for button in page.button if button.label == "Back").disabled
    grade(page, 2)
    press(page, "Back")
    assert shown(page) == first
    assert [button.key for button in page.button if button.proto.icon == ":material/check:"] == ["grade_2"]
    press(page, "Undo this grade")
    assert shown(page) == first
    assert given(searched) == []
    assert "Undo this grade" not in buttons(page)
    grade(page, 3)
    assert [label.grade for label in given(searched)] == [3]


def test_another_visit_goes_on_where_the_last_one_ended(searched: Service) -> None:
    page = drawn(searched)
    left = shown(grade(page, 1))
    again = opened(searched)
    assert shown(again) == left
    assert standing(again)[0] == 1


def test_what_is_skipped_comes_again_when_nothing_else_is_left(searched: Service) -> None:
    page = drawn(searched)
    first, (_, total) = shown(page), standing(page)
    press(page, "Skip")
    for _ in range(total - 1):
        grade(page, 0)
    assert re.search(rf"\b{total - 1} of {total}\b.*\b1\b", words(page))
    assert shown(press(page, "Start grading")) == first


def test_with_enough_labels_the_judge_stands_against_people(searched: Service) -> None:
    page = drawn(searched)
    _, total = standing(page)
    for number in range(total):
        assert bool(page.metric) == (number >= 30)
        grade(page, number % 4)
    assert f"{total} of {total}" in words(page)
    figures = {metric.label: (metric.value, metric.delta) for metric in page.metric}
    assert set(figures) == {"Agreement, weighted κ", "Score by people", "Equal grades"}
    assert len(re.findall(r"-?\d\.\d\d", figures["Agreement, weighted κ"][1])) == 2
    assert -1 <= float(figures["Agreement, weighted κ"][0]) <= 1
    assert re.findall(r"\d+", figures["Equal grades"][1]) == [str(total), "1"]


def test_an_admin_is_shown_only_what_they_may_read(service: Service) -> None:
    for number in range(3):
        assert SECRET in {hit.text for hit in service.search(Question(text=f"severance {number}", asker=BO)).hits}
    page = drawn(service)
    for _ in range(40):
        assert "Zanzibar" not in words(page)
        if "Skip" not in buttons(page):
            break
        press(page, "Skip")
    else:
        pytest.fail("it never came to an end")


def test_what_was_drawn_is_not_shown_any_more_once_it_is_closed(searched: Service) -> None:
    page = drawn(searched)
    first = shown(page)
    with searched.workspace.database.write() as connection:
        connection.exec_driver_sql("UPDATE documents SET groups = '[\"hr\"]'")
    page.run()
    assert shown(page) != first
    assert "VPN" not in words(page)


def test_a_text_shows_its_words_and_nothing_else_of_it() -> None:
    told = marked_text("VPN <b>token</b>", "A *VPN* token!\n\n![x](http://evil.example/)\n<b>token</b>")
    assert "**VPN**" in told
    assert "**token**" in told
    assert "](" not in told
    assert "<b>" not in told
    assert "http://" not in told


def test_a_walk_begun_in_the_terminal_goes_on_here(searched: Service) -> None:
    from eval.rating.judges import open_rater
    from eval.rating.pages import logged_pages
    from eval.rating.rate import rate_pages

    store = RatingStore(searched.workspace.home)
    rating = rate_pages(logged_pages(searched.workspace), open_rater(searched.searcher), store)
    walk = begin_walk(searched.workspace, store, rating, 30, "admin")
    walk.label(2)
    store.close()
    assert standing(opened(searched))[0] == 1
