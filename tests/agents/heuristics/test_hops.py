"""Second hops: what the first passages lead to."""

from datetime import UTC, datetime

from agents.heuristics.hops import HOPS, ROUNDS, next_questions
from agents.heuristics.merging import merge
from agents.records import Evidence, Plan, Retrieved, SubQuestion
from hone.records import Asker, Filters, Hit, SearchResult

MOMENT = datetime(2026, 11, 20, tzinfo=UTC)
ASKED = "Why did the director of the film Weekend with Kate die?"
KATE = "Weekend with Kate is a 1990 film directed by Arch Nicholson and starring Colin Friels."


def hit(title: str, text: str, score: float = 1.0) -> Hit:
    return Hit(
        rank=1, document=title, passage=title, title=title, heading=(), text=text, start=0, end=len(text), page=None,
        source="s", path=title, kind="md", url="", modified=MOMENT, score=score, channels={},
    )  # fmt: skip


def found(question: SubQuestion, *hits: Hit) -> Retrieved:
    result = SearchResult(
        search_id="1", query=question.text, asker=Asker(), filters=question.filters, model="m", generation="g",
        took_ms={}, hits=hits, stages={},
    )  # fmt: skip
    return Retrieved(question=question, result=result)


def after(*retrieved: Retrieved, round_made: int = 1) -> tuple[SubQuestion, ...]:
    plan = Plan(intent="question", standalone=ASKED, questions=(retrieved[0].question,))
    return next_questions(plan, retrieved, merge(plan, retrieved), round_made)


ONE = SubQuestion(id="q1", text=ASKED)


def test_a_name_beside_a_word_of_the_question_is_searched_for_first() -> None:
    further = after(found(ONE, hit("Weekend with Kate", KATE), hit("Weekends", "Weekends are days off.", 0.4)))
    assert (further[0].id, further[0].text, further[0].reason) == ("q2", "Arch Nicholson", "hop")


def test_what_the_question_names_is_not_searched_for_again() -> None:
    further = after(found(ONE, hit("Kate", "The director of Weekend with Kate was Kate Weekend.")))
    assert further == ()


def test_what_is_at_hand_needs_no_search() -> None:
    nicholson = hit("Arch Nicholson (director)", "He was born in Melbourne.", 0.3)
    further = after(found(ONE, hit("Weekend with Kate", KATE), nicholson))
    assert "Arch Nicholson" not in [question.text for question in further]


def test_nothing_is_searched_for_twice() -> None:
    two = SubQuestion(id="q2", text="arch nicholson", reason="hop")
    further = after(found(ONE, hit("Weekend with Kate", KATE)), found(two), round_made=2)
    assert "Arch Nicholson" not in [question.text for question in further]


def test_names_far_from_what_is_asked_lead_nowhere() -> None:
    assert after(found(ONE, hit("Lunch", "Colin Friels has lunch in Melbourne on weekdays."))) == ()


def test_a_filter_that_left_nothing_is_lifted() -> None:
    narrow = SubQuestion(id="q1", text=ASKED, filters=Filters(kinds=frozenset({"pdf"})))
    further = after(found(narrow))
    assert [(item.text, item.reason, item.filters) for item in further] == [(ASKED, "widened", Filters())]


def test_a_failed_search_leads_to_nothing() -> None:
    assert after(Retrieved(question=ONE, result=None, error="no result within 5 s")) == ()


def test_hops_are_few_and_end() -> None:
    crowd = " ".join(f"The director was Anna Number{chr(97 + number)}." for number in range(12))
    first = found(ONE, hit("Crowd", crowd))
    assert len(after(first)) == HOPS
    assert after(first, round_made=ROUNDS + 1) == ()


def test_evidence_is_what_is_read() -> None:
    plan = Plan(intent="question", standalone=ASKED, questions=(ONE,))
    read: tuple[Evidence, ...] = ()
    assert next_questions(plan, [found(ONE, hit("Weekend with Kate", KATE))], read, 1) == ()
