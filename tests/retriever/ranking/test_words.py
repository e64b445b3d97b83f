import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.ranking.words import LONGEST_WHOLE, STOP_WORDS, analyse, analyse_query


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("The printers were printing", "the printer were print"),
        ("snake_case_name", "snake_case_name snake case name"),
        ("getHTTPResponse2", "gethttpresponse2 get http respons"),
        ("os.path.join(a)", "os.path.join os path join a"),
        ("std::vector<int>", "std::vector std vector int"),
        ("find . -name '*.py' --dry-run", "find -name name py --dry-run dri run"),
        ("/etc/hosts", "etc/hosts etc host"),
        ("C++ and C#", "c++ and c#"),
        ("COVID-19, H5N1", "covid-19 covid 19 h5n1"),
        ("v2.13.0 is 2.13.0", "v2.13.0 13 is 2.13.0"),
        ("the APIs' IDs", "the api id"),
        ("Alzheimer’s", "alzheim"),
        ("ＣＡＦÉ", "cafe"),
        ("東京都", "東京 京都"),
        ("... -- !", ""),
    ],
)
def test_a_text_becomes_its_tokens(text: str, tokens: str):
    assert analyse(text) == tokens


@pytest.mark.parametrize(
    ("question", "passage"),
    [
        ("how do i reset passwords?", "Resetting a password"),
        ("SNAKE CASE", "snake_case"),
        ("user id", "getUserId()"),
        ("-name", "find / -name core"),
        ("resume", "Résumé"),
        ("ERR-4031", "(ERR-4031)"),
        ("who is the head of IT?", "IT"),
        ("京都", "東京都"),
    ],
)
def test_a_question_meets_its_passage(question: str, passage: str):
    assert set(analyse_query(question).split()) & set(analyse(passage).split())


def test_a_question_loses_stop_words_and_repetitions():
    assert analyse_query("What is the VPN, and where is the VPN?") == "vpn"


def test_a_question_of_stop_words_alone_keeps_them():
    assert analyse_query("What is it?") == "what is it"


def test_a_long_blob_is_not_indexed_whole():
    blob = "x1" * LONGEST_WHOLE
    assert blob not in analyse(blob).split()


def test_stop_words_are_lower_case():
    assert all(word == word.lower() for word in STOP_WORDS)


@given(st.text())
def test_tokens_are_clean_and_a_text_finds_itself(text: str):
    tokens = analyse(text)
    assert " ".join(tokens.split()) == tokens
    assert set(analyse_query(text).split()) <= set(tokens.split())
