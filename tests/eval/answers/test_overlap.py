"""Overlap with a reference, with numbers that can be checked by eye."""

from collections.abc import Callable

import pytest

from eval.answers.overlap import (
    exact_match,
    rouge_l_precision,
    rouge_l_recall,
    string_similarity,
    token_f1,
    tokens_of,
)
from eval.answers.records import AnswerRecord, NotApplicable, Value


def _record(response: str, reference: str) -> AnswerRecord:
    return AnswerRecord(question="q", response=response, reference=reference)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("The Eiffel Tower!", ["eiffel", "tower"]),
        ("a well-known U.S. firm", ["wellknown", "us", "firm"]),
        ("Größe: ２５ €", ["grösse", "25"]),
        ("東京タワー。", ["東", "京", "タ", "ワ", "ー"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("", []),
    ],
)
def test_words_are_compared_without_case_punctuation_and_articles(text: str, tokens: list[str]) -> None:
    assert tokens_of(text) == [token.casefold() for token in tokens]


def test_exact_match_looks_past_case_and_articles() -> None:
    assert exact_match(_record("the Eiffel tower.", "Eiffel Tower")) == 1.0
    assert exact_match(_record("Eiffel", "Eiffel Tower")) == 0.0


def test_token_f1_counts_each_word_as_often_as_it_stands() -> None:
    # said: red red car; wanted: red car park → two shared, precision 2/3, recall 2/3
    assert token_f1(_record("red red car", "the red car park")) == pytest.approx(2 / 3)
    assert token_f1(_record("blue", "red")) == 0.0
    assert token_f1(_record("", "red")) == 0.0


def test_string_similarity_is_chrf() -> None:
    assert string_similarity(_record("same text", "same text")) == 1.0
    assert string_similarity(_record("xyz", "abc")) == 0.0
    # "ab" and "abc": one-grams P 1, R 2/3; two-grams P 1, R 1/2; three-grams P 0, R 0
    precision, recall = 2 / 3, (2 / 3 + 1 / 2) / 3
    assert string_similarity(_record("ab", "abc")) == pytest.approx(5 * precision * recall / (4 * precision + recall))


def test_rouge_l_needs_the_order_and_allows_gaps() -> None:
    record = _record("police killed gunman", "police who saw him killed him, said gunman")
    assert rouge_l_recall(record) == pytest.approx(3 / 8)
    assert rouge_l_precision(record) == 1.0
    assert rouge_l_recall(_record("gunman killed police", "police killed gunman")) == pytest.approx(1 / 3)


def test_rouge_l_of_long_texts_is_that_of_the_plain_algorithm() -> None:
    one, other = [str(n * n % 97) for n in range(150)], [str(n * 7 % 89) for n in range(130)]
    rows = [0] * (len(other) + 1)
    for left in one:
        before = rows[:]
        for place, right in enumerate(other, 1):
            rows[place] = before[place - 1] + 1 if left == right else max(before[place], rows[place - 1])
    assert rouge_l_recall(_record(" ".join(one), " ".join(other))) == pytest.approx(rows[-1] / len(other))


@pytest.mark.parametrize("measure", [exact_match, token_f1, rouge_l_recall, rouge_l_precision])
def test_an_empty_reference_measures_nothing(measure: Callable[[AnswerRecord], Value]) -> None:
    assert isinstance(measure(_record("red", "…")), NotApplicable)
