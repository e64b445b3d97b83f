from agents.heuristics.choosing import score_blocks
from agents.heuristics.narrowing import narrow
from agents.heuristics.selecting import asked_with, choices_of, select
from retriever.encoding.hashing import HashEncoder
from tests.evidence import MARCH, make_evidence, make_hit

READ = HashEncoder().encode_tokens


def test_two_sources_that_may_answer_are_both_shown_and_a_choice_searches_one_of_them():
    texts = ("The clinic opens at 7.", "The clinic opens at 8 on Sundays.", "The clinic opens at 9 in May.")
    hits = [make_hit(text, f"north/{place}.md") for place, text in enumerate(texts)]
    hits.append(make_hit("The clinic opens at 10.", "south/a.md"))
    question = "when does the clinic open?"
    (whole,) = score_blocks([question], make_evidence(*hits), READ)
    chosen = select(whole, {})
    assert {item.scored.candidate.evidence.hit.document[:5] for item in chosen} == {"north", "south"}
    asked = [asked_with(question, choice) for choice in choices_of(question, chosen)]
    assert {narrow(one, ["north", "south"], [], MARCH.date()).sources for one in asked} == {
        frozenset({"north"}),
        frozenset({"south"}),
    }
    assert choices_of("when does the clinic open in the north?", chosen) == ()
    assert choices_of(question, select(whole[:1], {})) == ()
