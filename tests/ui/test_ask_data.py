"""What the answer component draws: a pure function of a turn and of what may be shown."""

from dataclasses import asdict, replace
from datetime import UTC, datetime

import pytest

from agents.compose import body_of, compose, in_lines
from agents.records import Citation, Claim, Conflict, Degradation, Sufficiency
from hone.log.asks import LoggedAsk
from hone.records import Document, Passage
from retriever.library.rows import Placed
from ui.answer.blocks import blocks_of
from ui.answer.data import HIDDEN, answer_data, copied
from ui.answer.turn import AnswerTurn, VisibleReferences, place_of, turn_of

OLD, NEW = datetime(2024, 2, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)


def document(name: str, modified: datetime = OLD) -> Document:
    return Document(
        id=f"wiki/{name}.md",
        source="wiki",
        path=f"{name}.md",
        title=name.capitalize(),
        kind="md",
        url="",
        groups=frozenset({"everyone"}),
        modified=modified,
        text_hash="",
    )


def passage(name: str) -> Passage:
    return Passage(
        id=f"p-{name}", document=f"wiki/{name}.md", ordinal=0, heading=(), preface="", text=name, start=0, end=9
    )


def cited(number: int, name: str, start: int = 0) -> Citation:
    return Citation(
        number=number,
        document=f"wiki/{name}.md",
        passage=f"p-{name}",
        quote=f"quote of {name}",
        start=start,
        end=start + 5,
        title=name.capitalize(),
        url="",
        page=None,
        modified=OLD,
    )


def claim(text: str, *citations: Citation, support: str = "quoted") -> Claim:
    return Claim(text=text, citations=citations, support=support)  # pyright: ignore[reportArgumentType]


def knowing(*names: str, modified: datetime = OLD) -> VisibleReferences:
    documents = [document(name, modified) for name in names]
    return VisibleReferences(
        documents={each.id: each for each in documents},
        passages={f"p-{name}": Placed(passage=passage(name), document=document(name, modified)) for name in names},
    )


def turn(text: str, *claims: Claim, verdict: str = "sufficient", **more: object) -> AnswerTurn:
    made = AnswerTurn(id="a1", question="How?", text=text, body=text, verdict=verdict, claims=claims)
    return replace(made, **{"search_ids": ("s1",), **more})  # pyright: ignore[reportArgumentType]


LOGGED = LoggedAsk(
    ask_id="a1",
    thread="t1",
    client_id="ana",
    question="How?",
    timestamp=NEW,
    text="",
    verdict="sufficient",
    model="m",
    generation="g1",
    llm="",
    prompts="",
    probability=0.5,
    plan={},
    searches=(),
    evidence=(),
    claims=(),
    signals={},
    degraded=(),
    took_ms={},
)


def no_marks(number: int, at: int) -> int | None:  # the signature of those that know some
    return None


def test_a_mark_means_the_quote_of_its_own_sentence() -> None:
    first, second = cited(1, "vpn", 0), cited(1, "vpn", 40)
    data = answer_data(
        turn("Do this. [1] Then that. [1]", claim("Do this.", first), claim("Then that.", second)), knowing("vpn")
    )
    assert data["blocks"] == [
        {"kind": "p", "runs": [{"text": "Do this."}, {"cite": 0}, {"text": " Then that."}, {"cite": 1}]}
    ]
    assert [ref["number"] for ref in data["refs"]] == [1, 1]
    assert [source["cite"] for source in data["sources"]] == [0]  # one document, opened where it is cited first


def test_quotes_of_several_documents_stand_in_paragraphs_of_their_own() -> None:
    claims = claim("A.", cited(1, "vpn")), claim("B.", cited(2, "leave")), claim("C.", cited(2, "leave", 9))
    data = answer_data(turn("A. [1] B. [2] C. [2]", *claims), knowing("vpn", "leave"))
    assert [len(block["runs"]) for block in data["blocks"]] == [2, 4]


def test_a_written_answer_keeps_its_shape_and_unknown_marks_stay_text() -> None:
    text = "To **begin**:\n\n- open `it` [1]\n- close it [9]\n\n| a | b |\n|---|---|\n| 1 | 2 |"
    data = answer_data(turn(text, claim("open it", cited(1, "vpn"), support="supported")), knowing("vpn"))
    kinds = [block["kind"] for block in data["blocks"]]
    assert kinds == ["p", "list", "table"]
    assert data["blocks"][0]["runs"][1] == {"text": "begin", "bold": True}
    assert data["blocks"][1]["items"][0] == [{"text": "open "}, {"text": "it", "code": True}, {"cite": 0}]
    assert data["blocks"][1]["items"][1] == [{"text": "close it [9]"}]
    assert len(data["blocks"][2]["rows"]) == 2


def test_a_list_stays_a_list_when_a_part_of_it_is_hidden() -> None:
    claims = [
        replace(claim(text, cited(1, name), support="supported"), line=at, lead="-")
        for at, (text, name) in enumerate((("Open it.", "vpn"), ("The secret.", "secret"), ("Close it.", "vpn")))
    ]
    text = compose(claims, Sufficiency(verdict="sufficient", probability=1.0), [])
    for known, items in ((knowing("vpn", "secret"), 3), (knowing("vpn"), 2)):
        (block,) = answer_data(turn(text, *claims), known)["blocks"]
        assert (block["kind"], block["ordered"]) == ("list", False)
        assert [runs[0]["text"] for runs in block["items"]][-1] == "Close it."
        assert [runs[-1] for runs in block["items"]] == [{"cite": runs[-1]["cite"]} for runs in block["items"]]
        assert len(block["items"]) == items


def test_markup_stays_text() -> None:
    hostile = "<img src=x onerror=alert(1)> ![x](http://e.example) :red[x]"
    (block,) = blocks_of(hostile, no_marks)
    assert "".join(run["text"] for run in block["runs"]) == hostile


LAPTOPS = Conflict(older=1, newer=2, about="laptops")


def conflicting(newer: Citation, *, evidence: tuple[str, ...] = ()) -> AnswerTurn:
    """Make an answer whose text tells a conflict and whose body does not."""
    claims = claim("36 months.", cited(1, "laptops")), claim("48 months.", newer)
    shown = turn("Both.", *claims, verdict="conflicting", conflicts=(LAPTOPS,), evidence=evidence)
    return replace(shown, text=f"Laptops and {newer.title} disagree.", body=in_lines(claims))


def test_a_conflict_has_two_sides_with_dates_and_says_nothing_twice() -> None:
    known = VisibleReferences(
        documents={**knowing("laptops").documents, **knowing("renewal", modified=NEW).documents}, passages={}
    )
    data = answer_data(conflicting(cited(2, "renewal")), known)
    assert [(side["label"], side["date"]) for side in data["sides"]] == [
        ("Newer", "1 Feb 2026"),
        ("Older", "1 Feb 2024"),
    ]
    assert data["sides"][0]["blocks"][0]["runs"][0] == {"text": "48 months."}
    assert data["blocks"] == []
    assert "laptops" in data["note"]["title"]


def test_a_side_that_may_not_be_read_is_not_shown() -> None:
    shown, known = conflicting(cited(2, "secret")), knowing("laptops")
    data = answer_data(shown, known)
    assert (data["sides"], data["hidden"]) == ([], HIDDEN)
    for told in (str(data), copied(shown, known)):
        assert "36" in told
        assert "48" not in told
        assert "Secret" not in told


def test_a_conflict_with_what_no_claim_cites_is_told_to_those_alone_who_may_read_it() -> None:
    shown = turn(
        "The secret laptops disagree.",
        claim("36 months.", cited(1, "laptops")),
        verdict="conflicting",
        body="36 months. [1]",
        conflicts=(LAPTOPS,),
        evidence=("p-laptops", "p-secret"),
    )
    for names, hidden in ((("laptops", "secret"), ""), (("laptops",), HIDDEN)):
        data = answer_data(shown, knowing(*names))
        assert data["hidden"] == hidden
        assert ("laptops" in data["note"]["title"]) == (not hidden)
        assert ("secret" in copied(shown, knowing(*names))) == (not hidden)


@pytest.mark.parametrize(
    ("verdict", "tone"), [("insufficient", "grey"), ("out_of_scope", "grey"), ("stopped", "grey"), ("partial", "amber")]
)
def test_what_is_no_whole_answer_looks_different(verdict: str, tone: str) -> None:
    assert answer_data(turn("Something.", verdict=verdict), knowing())["note"]["tone"] == tone


@pytest.mark.parametrize("verdict", ["sufficient", "greeting", "asks_back"])
def test_an_answer_has_no_note(verdict: str) -> None:
    data = answer_data(turn("Something.", verdict=verdict), knowing())
    assert data["note"] is None
    assert data["blocks"][0]["runs"] == [{"text": "Something."}]


def test_a_part_names_what_is_missing_and_says_it_once() -> None:
    shown = turn("A. [1]", claim("A.", cited(1, "vpn")), verdict="partial", missing=("who pays", "when"))
    data = answer_data(replace(shown, text="A. [1]\n\nNothing about who pays."), knowing("vpn"))
    assert all(part in data["note"]["text"] for part in shown.missing)
    assert len(data["blocks"]) == 1


def test_an_answer_of_an_older_log_is_shown_as_its_text() -> None:
    text = "I found little.\n\nA. [1]\n\nNot found in the documents: who pays."
    stored = asdict(claim("A.", cited(1, "vpn")))
    shown = turn_of(replace(LOGGED, text=text, verdict="partial", claims=(stored,)))
    data = answer_data(shown, knowing("vpn"))
    assert data["note"]["tone"] == "amber"
    assert [block["runs"][0]["text"] for block in data["blocks"]] == [
        "I found little.",
        "A.",
        "Not found in the documents: who pays.",
    ]


def test_what_the_log_tells_of_conflicts_and_missing_parts_comes_back() -> None:
    conflicts, missing = (asdict(LAPTOPS),), ("who pays",)
    shown = turn_of(replace(LOGGED, text="All of it.", body="A.", conflicts=conflicts, missing=missing))
    assert (shown.text, shown.body, shown.conflicts, shown.missing) == ("All of it.", "A.", (LAPTOPS,), missing)


def test_closest_documents_are_only_those_that_may_be_read() -> None:
    shown = turn("The documents do not tell.", verdict="insufficient", closest=("p-vpn", "p-secret"))
    data = answer_data(shown, knowing("vpn"))
    assert [found["title"] for found in data["closest"]] == ["Vpn"]
    assert place_of(shown, knowing("vpn"), {"closest": 0}) is not None
    assert place_of(shown, knowing("vpn"), {"closest": 1}) is None


def test_degradations_are_said_in_a_line_each() -> None:
    lost = Degradation(
        stage="answer", what="Error code: 500 - {'error': 'secret'}", instead="quoted from the documents"
    )
    data = answer_data(turn("A.", degraded=(lost,)), knowing())
    (told,) = data["degraded"]
    assert "Error code: 500" in told
    assert "secret" not in told
    assert lost.instead in told


def test_what_is_pointed_at_is_checked() -> None:
    shown = turn("A. [1]", claim("A.", cited(1, "vpn", 7)))
    place = place_of(shown, knowing("vpn"), {"cite": 0})
    assert place is not None
    assert (place.document, place.start, place.number) == ("wiki/vpn.md", 7, 1)
    for wrong in ({"cite": 1}, {"cite": -1}, {"cite": "0"}, {"closest": 0}, {}):
        assert place_of(shown, knowing("vpn"), wrong) is None


def test_a_copy_has_its_sources() -> None:
    shown = turn("A. [1]", claim("A.", cited(1, "vpn")))
    assert copied(shown, knowing("vpn")) == "A. [1]\n\n[1] Vpn · wiki/vpn.md"


def test_what_stands_beside_is_drawn_under_its_title_and_only_while_it_may_be_read() -> None:
    best, beside = claim("A.", cited(1, "vpn")), replace(claim("B.", cited(2, "leave")), beside=True)
    shown = turn(body_of([best, beside]), best, beside)
    data = answer_data(shown, knowing("vpn", "leave"))
    assert [(one["title"], "B." in str(one["blocks"])) for one in data["beside"]] == [("Leave", True)]
    assert "A." in str(data["blocks"])
    assert "B." not in str(data["blocks"])
    hidden = answer_data(shown, knowing("vpn"))
    assert (hidden["beside"], hidden["hidden"]) == ([], HIDDEN)


def test_the_log_gives_back_how_each_claim_was_shown() -> None:
    kept = replace(claim("A.", cited(1, "vpn")), beside=True, part="who", marked="A.")
    (read,) = turn_of(replace(LOGGED, claims=(asdict(kept),), may_mean=("the wiki documents",))).claims
    assert (read.beside, read.part, read.marked) == (True, "who", "A.")


def test_code_is_drawn_as_it_stands_with_its_citation() -> None:
    said = replace(claim("a = [1]\n\n  b = 2", cited(1, "vpn")), code=True)
    (block,) = answer_data(turn(body_of([said]), said), knowing("vpn"))["blocks"]
    assert block == {"kind": "code", "text": said.text, "cites": [0]}
