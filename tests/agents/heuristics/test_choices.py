from agents.heuristics.choosing import score_blocks
from agents.heuristics.selecting import asked_with, choices_of, select
from retriever.encoding.hashing import HashEncoder
from tests.evidence import make_evidence, make_hit

READ = HashEncoder().encode_tokens
CLINICS = ("Delft", "Leiden", "Utrecht")


def choices(question: str, *texts: str) -> tuple[str, ...]:
    hits = [make_hit(text, f"{name.lower()}.md") for name, text in zip(CLINICS, texts, strict=False)]
    (whole,) = score_blocks([question], make_evidence(*hits), READ)
    return choices_of(question, select(whole, {}))


def test_what_three_documents_answer_alike_is_asked_back_with_their_titles():
    texts = ("The clinic opens at seven daily.", "The clinic opens at eight here.", "The clinic opens at nine mostly.")
    assert set(choices("when does the clinic open?", *texts)) == set(CLINICS)


def test_a_question_that_names_one_or_has_one_answer_is_not_asked_back():
    texts = ("The clinic opens at seven daily.", "The clinic opens at eight here.", "The clinic opens at nine mostly.")
    assert choices("when does the clinic open in Leiden?", *texts) == ()
    assert choices("when does the clinic open?", *texts[:2]) == ()
    assert choices("when does the clinic open?", texts[0], "Lunch is at noon.", "Bring a towel.") == ()
    assert asked_with("when does the clinic open? ", "Leiden") == "when does the clinic open? (Leiden)"
