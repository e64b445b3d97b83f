from collections.abc import Sequence

from agents.checking.check import check
from agents.heuristics.extracting import FOR_ONE, MOST_CLAIMS, extract, questions_of
from agents.heuristics.scoring import MOST, Vectors, score
from agents.records import Conflict, Evidence, Plan, SubQuestion, Sufficiency
from retriever.encoding.hashing import HashEncoder
from tests.evidence import make_evidence, make_hit

ENCODE = HashEncoder().encode_passages
ENOUGH = Sufficiency(verdict="sufficient", probability=0.9)

LEASH = make_hit(
    "# Leash\n\nThe leash is our VPN. A session of the leash lasts ten hours. It can't be extended.\n\n"
    "Lunch is at noon. The canteen is on floor two.",
    "leash.md",
    score=20.0,
)
TRAVEL = make_hit("Flights are economy. Hotels cost at most 150 euros a night in Halifax.", "travel.md", score=12.0)
EVIDENCE = make_evidence(LEASH, TRAVEL)


def asked(text: str, *parts: str) -> Plan:
    questions = [SubQuestion(id="q1", text=text)]
    questions += [SubQuestion(id=f"q{place}", text=part, reason="part") for place, part in enumerate(parts, 2)]
    return Plan(intent="question", standalone=text, questions=tuple(questions))


def test_the_answer_is_quoted_to_the_letter_with_its_place():
    claims = extract(asked("how long does a session of the leash last?"), EVIDENCE, ENOUGH, ENCODE)
    assert "A session of the leash lasts ten hours." in [claim.text for claim in claims]
    assert 1 <= len(claims) <= FOR_ONE
    for claim in claims:
        (citation,) = claim.citations
        hit = EVIDENCE[citation.number - 1].hit
        assert hit.text[citation.start - hit.start : citation.end - hit.start] == citation.quote
    assert {claim.support for claim in check(claims, EVIDENCE, {item.hit.passage for item in EVIDENCE})} == {"quoted"}


def test_every_part_of_a_question_is_answered():
    plan = asked(
        "how long does a leash session last and what do hotels cost in Halifax?",
        "how long does a session of the leash last",
        "what do hotels cost in Halifax",
    )
    claims = extract(plan, EVIDENCE, ENOUGH, ENCODE)
    texts = " ".join(claim.text for claim in claims)
    assert "ten hours" in texts
    assert "150 euros" in texts
    assert len(claims) <= MOST_CLAIMS


def test_a_sentence_that_leans_on_the_one_before_brings_it_along():
    (item,) = make_evidence("The badge opens every door. It is blocked after three wrong codes. Cats sleep.")
    claims = extract(asked("blocked after how many wrong codes?"), [item], ENOUGH, ENCODE)
    assert claims[0].text.startswith("The badge opens every door. It is blocked after three wrong codes.")


def test_nothing_is_quoted_where_the_evidence_is_not_enough():
    plan = asked("how long does a session last?")
    for verdict in ("insufficient", "out_of_scope"):
        assert extract(plan, EVIDENCE, Sufficiency(verdict=verdict, probability=0.1), ENCODE) == ()
    assert extract(plan, [], ENOUGH, ENCODE) == ()


def test_both_sides_of_a_conflict_are_quoted():
    evidence = make_evidence(
        "Claims are filed within 30 days after the trip.", "Claims may be filed within 45 days after the trip, not 30."
    )
    sufficiency = Sufficiency(
        verdict="conflicting", probability=0.9, conflicts=(Conflict(older=1, newer=2, about="Claims"),)
    )
    claims = extract(asked("within how many days are claims filed?"), evidence, sufficiency, ENCODE)
    assert {citation.number for claim in claims for citation in claim.citations} == {1, 2}


def test_what_is_said_twice_is_quoted_once_before_something_else():
    evidence = make_evidence(
        "The gate closes at nine in the evening.",
        "The gate closes at nine in the evening!",
        "The gate is on the north side of the yard.",
    )
    claims = extract(asked("when does the gate close?"), evidence, ENOUGH, ENCODE)
    assert "north" in " ".join(claim.text for claim in claims[:2])


def test_what_searches_led_to_is_not_a_part_of_the_question():
    hop = SubQuestion(id="q2", text="Windhover", reason="hop")
    plan = Plan(intent="question", standalone="who?", questions=(SubQuestion(id="q1", text="who?"), hop))
    assert questions_of(plan) == ("who?",)


class Counting:
    def __init__(self) -> None:
        self.batches: list[int] = []

    def __call__(self, texts: Sequence[str]) -> Vectors:
        self.batches.append(len(texts))
        return ENCODE(texts)


def long_evidence() -> tuple[Evidence, ...]:
    return make_evidence(*(" ".join(f"Page {page} says thing {line}." for line in range(20)) for page in range(10)))


def test_no_more_than_a_limited_number_of_stretches_is_encoded_in_one_batch():
    encode = Counting()
    scored = score(["what does page 3 say?", "thing 7"], long_evidence(), encode)
    assert [len(own) for own in scored] == [MOST, MOST]
    assert encode.batches == [MOST + 2]
