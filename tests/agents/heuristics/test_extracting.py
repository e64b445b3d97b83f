from dataclasses import replace

import pytest

from agents.checking.check import check
from agents.heuristics.blocks import LONG
from agents.heuristics.choosing import ScoredBlock, score_blocks
from agents.heuristics.extracting import BRIEF, extract
from agents.heuristics.parts import parts_of
from agents.heuristics.selecting import BESIDE
from agents.records import Claim, Conflict, Evidence, Plan, SubQuestion, Sufficiency
from retriever.encoding.hashing import HashEncoder
from tests.evidence import make_evidence, make_hit

READ = HashEncoder().encode_tokens
SIDES = ("north", "south", "east", "west", "upper", "lower", "inner", "outer", "old", "new")
ENOUGH = Sufficiency(verdict="sufficient", probability=0.9)

LEASH = make_hit(
    "# Leash\n\nThe leash is our VPN. A session of the **leash** lasts ten hours. It can't be extended.\n\n"
    "## Canteen\n\nLunch is at noon. The canteen is on floor two.",
    "leash.md",
    score=20.0,
)
TRAVEL = make_hit("Flights are economy. Hotels cost at most 150 euros a night in Halifax.", "travel.md", score=12.0)
EVIDENCE = make_evidence(LEASH, TRAVEL)


def asked(text: str, *parts: str) -> Plan:
    questions = [SubQuestion(id="q1", text=text)]
    questions += [SubQuestion(id=f"q{place}", text=part, reason="part") for place, part in enumerate(parts, 2)]
    return Plan(intent="question", standalone=text, questions=tuple(questions))


def holds(claims: tuple[Claim, ...], evidence: tuple[Evidence, ...]) -> bool:
    permitted = {item.hit.passage for item in evidence}
    return {claim.support for claim in check(claims, evidence, permitted)} == {"quoted"}


def test_one_block_is_quoted_whole_with_its_place_and_the_answering_sentence():
    (claim,) = extract(asked("how long does a session of the leash last?"), EVIDENCE, ENOUGH, READ)
    (citation,) = claim.citations
    hit = EVIDENCE[citation.number - 1].hit
    assert hit.text[citation.start - hit.start : citation.end - hit.start] == citation.quote
    assert claim.text == "The leash is our VPN. A session of the leash lasts ten hours. It can't be extended."
    assert holds((claim,), EVIDENCE)


def test_every_part_of_a_question_is_answered_under_its_name():
    plan = asked(
        "how long does a leash session last and what do hotels cost in Halifax?",
        "how long does a session of the leash last",
        "what do hotels cost in Halifax",
    )
    claims = extract(plan, EVIDENCE, ENOUGH, READ)
    assert [claim.part for claim in claims] == [item.text for item in plan.questions[1:]]
    assert ["ten hours" in claims[0].text, "150 euros" in claims[1].text] == [True, True]
    lacking = Sufficiency(verdict="partial", probability=0.5, missing=(plan.questions[2].text,))
    assert extract(plan, EVIDENCE, lacking, READ) == claims[:1]


def test_nothing_is_quoted_where_the_evidence_is_not_enough():
    plan = asked("how long does a session last?")
    for verdict in ("insufficient", "out_of_scope"):
        assert extract(plan, EVIDENCE, Sufficiency(verdict=verdict, probability=0.1), READ) == ()
    assert extract(plan, [], ENOUGH, READ) == ()


def test_both_sides_of_a_conflict_are_quoted_the_newer_first():
    evidence = make_evidence(
        "Claims are filed within 30 days after the trip.", "Claims may be filed within 45 days after the trip, not 30."
    )
    sufficiency = Sufficiency(
        verdict="conflicting", probability=0.9, conflicts=(Conflict(older=1, newer=2, about="Claims"),)
    )
    claims = extract(asked("within how many days are claims filed?"), evidence, sufficiency, READ)
    assert [citation.number for claim in claims for citation in claim.citations] == [2, 1]


def test_what_is_nearly_as_likely_stands_beside_the_best_block_and_never_says_it_again():
    evidence = make_evidence("The north gate closes at nine.", "The south gate closes at ten.", "Lunch is noon.")
    plan = asked("when does the gate close?")
    claims = extract(plan, evidence, ENOUGH, READ)
    assert [claim.beside for claim in claims] == [False, *[True] * (len(claims) - 1)]
    assert {claim.citations[0].number for claim in claims} >= {1, 2}
    assert len(claims) <= 1 + BESIDE
    same = make_evidence("The north gate closes at nine.", "The north gate closes at nine!")
    assert len(extract(plan, same, ENOUGH, READ)) == 1


def test_what_stands_beside_is_brief():
    long = "The south gate closes at ten. " + " ".join(f"People of the {side} wing may leave later." for side in SIDES)
    evidence = make_evidence("The north gate closes at nine.", long)
    (_, beside) = extract(asked("when does the gate close?"), evidence, ENOUGH, READ)
    assert len(beside.text) <= BRIEF < len(long)
    assert holds((beside,), evidence)


def test_a_list_comes_with_the_line_that_announces_it_and_without_marks():
    evidence = make_evidence(
        make_hit(
            "To reset the [token](https://x.y/z):\n\n1. Open **Settings**.\n2. Choose *Reset token*.\n3. Wait.\n\nBye.",
            "token.md",
        )
    )
    (claim,) = extract(asked("how do I reset the token?"), evidence, ENOUGH, READ)
    assert claim.text == "To reset the token:\n1. Open Settings.\n2. Choose Reset token.\n3. Wait."
    assert holds((claim,), evidence)


def test_a_row_is_read_with_its_columns():
    evidence = make_evidence("| Code | Meaning |\n|---|---|\n| LSH-412 | certificate expired |\n| LSH-9 | no cable |")
    (claim,) = extract(asked("what does LSH-412 mean?"), evidence, ENOUGH, READ)
    assert claim.text == "Code: LSH-412; Meaning: certificate expired"
    assert holds((claim,), evidence)


def test_a_long_paragraph_is_shown_from_the_answering_sentence_on():
    filler = [f"Thing {number} of the yard is swept by somebody on a morning of spring." for number in range(12)]
    text = " ".join([*filler[:6], "The north gate closes at nine.", *filler[6:]])
    evidence = make_evidence(text)
    (claim,) = extract(asked("when does the north gate close?"), evidence, ENOUGH, READ)
    assert claim.text.startswith("The north gate closes at nine.")
    assert claim.marked == "The north gate closes at nine."
    assert len(claim.text) <= LONG
    assert holds((claim,), evidence)


@pytest.mark.parametrize(
    "noise",
    [
        "title: when does the gate close\nauthor: nobody",
        "[gate]: https://gate.example/close",
        "When does the gate close?",
    ],
)
def test_noise_and_what_only_repeats_the_question_is_no_answer(noise: str):
    evidence = make_evidence(noise, "It closes at nine.")
    (claim,) = extract(asked("when does the gate close?"), evidence, ENOUGH, READ)
    assert claim.text == "It closes at nine."


def test_what_is_compared_is_no_question_of_its_own():
    hop = SubQuestion(id="q2", text="Windhover", reason="hop")
    plan = Plan(intent="question", standalone="who?", questions=(SubQuestion(id="q1", text="who?"), hop))
    assert parts_of(plan) == ()
    assert parts_of(asked("Slack or Teams?", "Slack", "Teams")) == ()


def test_a_part_is_called_by_what_was_said_and_not_by_what_was_searched_for():
    plan = asked(
        "How long does a leash session last? And what do hotels cost a night in Halifax?",
        "How long does a leash session last?",
        "leash session what do hotels cost a night in Halifax?",
    )
    names = [claim.part for claim in extract(plan, EVIDENCE, ENOUGH, READ)]
    assert names == ["How long does a leash session last?", "what do hotels cost a night in Halifax?"]


def test_a_block_that_says_more_of_what_is_asked_is_preferred():
    (scored,) = score_blocks(["what do hotels cost in Halifax"], EVIDENCE, READ)
    best: ScoredBlock = scored[0]
    assert best.candidate.evidence.hit.document == "travel.md"
    assert best.features["matched"] == max(item.features["matched"] for item in scored)


def test_code_is_said_to_be_code():
    evidence = make_evidence(replace(make_hit("close gate_0 --at nine", "a.sh"), kind="sh"))
    (claim,) = extract(asked("which command closes gate_0"), evidence, ENOUGH, READ)
    assert claim.code
    assert holds((claim,), evidence)


def test_nothing_is_marked_where_nearly_all_would_be():
    sentence = "The north gate closes at nine on every day of the week but for days on which the whole yard is shut"
    (claim,) = extract(asked("when does the north gate close?"), make_evidence(f"{sentence}. Ask Ana."), ENOUGH, READ)
    assert (claim.marked, "Ask Ana." in claim.text) == ("", True)
