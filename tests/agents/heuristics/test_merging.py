"""The passages that the answerer is given."""

from dataclasses import replace
from datetime import UTC, datetime

from agents.heuristics.merging import merge
from agents.records import Plan, Reason, Retrieved, SubQuestion
from hone.records import Asker, Filters, Hit, SearchResult

MOMENT = datetime(2026, 11, 20, tzinfo=UTC)
ASKED = "Why did the director of the film Weekend with Kate die?"


def hit(title: str, score: float, text: str = "Nothing much.") -> Hit:
    return Hit(
        rank=1, document=title, passage=title, title=title, heading=(), text=text, start=0, end=len(text), page=None,
        source="s", path=title, kind="md", url="", modified=MOMENT, score=score, channels={},
    )  # fmt: skip


def found(number: int, text: str, reason: Reason, *hits: Hit) -> Retrieved:
    question = SubQuestion(id=f"q{number}", text=text, reason=reason)
    result = SearchResult(
        search_id="1", query=text, asker=Asker(), filters=Filters(), model="m", generation="g",
        took_ms={}, hits=hits, stages={},
    )  # fmt: skip
    return Retrieved(question=question, result=result)


def merged(*retrieved: Retrieved, limit: int = 10, standalone: str = ASKED) -> list[str]:
    plan = Plan(intent="question", standalone=standalone, questions=tuple(item.question for item in retrieved))
    return [item.hit.title for item in merge(plan, retrieved, limit)]


def several(*scores: float) -> list[Hit]:
    return [hit(f"page {score}", score) for score in scores]


def test_one_search_keeps_its_order() -> None:
    assert merged(found(1, ASKED, "asked", *several(9, 7, 5)), limit=2) == ["page 9", "page 7"]


def test_passages_are_numbered_from_one_and_know_who_found_them() -> None:
    plan = Plan(intent="question", standalone=ASKED, questions=())
    both = hit("both", 5)
    evidence = merge(plan, [found(1, ASKED, "asked", both), found(2, "part", "part", both, hit("other", 2))])
    assert [(item.number, item.hit.title, item.questions) for item in evidence] == [
        (1, "both", frozenset({"q1", "q2"})),
        (2, "other", frozenset({"q2"})),
    ]


def test_the_best_of_a_part_gets_room_among_ten_of_the_whole() -> None:
    whole = found(1, ASKED, "asked", *several(10, 5, 4.9, 4.8, 4.7, 4.6, 4.5, 4.4, 4.3, 4.2))
    assert "first of the part" in merged(whole, found(2, "part", "part", hit("first of the part", 1)))


def test_a_document_that_the_best_passage_names_gets_room_though_it_was_last() -> None:
    film = hit("Weekend with Kate", 10, "Weekend with Kate is a film directed by Arch Nicholson.")
    whole = found(1, ASKED, "asked", film, *several(7, 6, 5), hit("Arch Nicholson (director)", 1))
    assert "Arch Nicholson (director)" in merged(whole, limit=3)


def test_to_be_named_is_enough_for_room_wherever_in_the_passage() -> None:
    film = hit("Weekend with Kate", 10, "See also: Leave of absence.")
    assert "Leave of absence" in merged(
        found(1, ASKED, "asked", film, *several(5, 4), hit("Leave of absence", 1)), limit=2
    )


def test_of_two_documents_that_are_named_the_one_beside_what_is_asked_wins() -> None:
    film = hit("Weekend with Kate", 10, "Directed by Zoe Nicholson. Colin Friels had the part of the husband of Kate.")
    whole = found(1, ASKED, "asked", film)
    later = found(2, "Colin Friels", "hop", hit("Colin Friels", 5)), found(3, "x", "hop", hit("Zoe Nicholson", 5))
    assert merged(whole, *later)[1:] == ["Zoe Nicholson", "Colin Friels"]


def test_a_document_that_the_question_names_gets_room() -> None:
    whole = found(1, ASKED, "asked", *several(10, 9, 8), hit("Weekend with Kate", 5))
    assert "Weekend with Kate" in merged(whole, limit=3)


def test_a_document_whose_title_is_an_everyday_word_is_not_lifted() -> None:
    asked = "How do deployments fail?"
    pages = [hit(f"page {score}", score, "Most deployments fail.") for score in (10, 9, 8)]
    whole = found(1, asked, "asked", *pages, hit("Deployments", 5))
    assert "Deployments" not in merged(whole, limit=3, standalone=asked)


def test_a_document_has_more_than_its_share_only_where_no_other_needs_the_room() -> None:
    long = [replace(hit("long", 10 - place), passage=f"long {place}") for place in range(6)]
    whole = found(1, ASKED, "asked", *long, hit("other", 1))
    assert merged(whole) == ["long", "long", "long", "long", "other", "long", "long"]
    assert merged(whole, limit=5) == ["long", "long", "long", "long", "other"]


def test_what_the_search_finds_first_stays_first() -> None:
    whole = found(1, ASKED, "asked", hit("page", 10, "See Weekend with Kate."), hit("Weekend with Kate", 9.9))
    later = found(2, "Kate", "part", hit("a part", 5), hit("Weekend with Kate", 4))
    assert merged(whole, later)[:2] == ["page", "Weekend with Kate"]


def test_a_follow_up_is_ranked_by_what_it_means_more_than_by_how_it_was_typed() -> None:
    meant = found(1, "Carnegie where is he buried?", "asked", hit("Carnegie", 8), hit("graves", 3))
    typed = found(2, "where is he buried?", "asked", hit("graves", 8), hit("Carnegie", 3))
    assert merged(meant, typed, standalone="Carnegie where is he buried?") == ["Carnegie", "graves"]


def test_a_failed_search_costs_only_its_own_passages() -> None:
    failed = Retrieved(question=SubQuestion(id="q2", text="x"), result=None, error="no result within 5 s")
    assert merged(found(1, ASKED, "asked", hit("page", 3)), failed) == ["page"]


def test_nothing_found_is_nothing_given() -> None:
    assert merged() == []
