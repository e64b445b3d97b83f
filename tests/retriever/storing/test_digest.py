"""The hash of what a file holds."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.storing.copying import copy_file
from retriever.storing.manifest import BLOCK, HELD, digest_of, is_digest_of

SIZE = 5 * BLOCK + 1000
PLACES = (0, 1, BLOCK - 1, BLOCK, 2 * BLOCK + 4095, 2 * BLOCK + 4096, 4 * BLOCK, SIZE - 1)


def sparse(path: Path, held: dict[int, int]) -> Path:
    """Write single bytes into an empty file of a fixed size."""
    with path.open("wb") as file:
        file.truncate(SIZE)
        for place, value in held.items():
            file.seek(place)
            file.write(bytes([value]))
    return path


@given(held=st.dictionaries(st.sampled_from(PLACES), st.integers(1, 255)))
def test_holes_and_zeros_written_out_are_the_same(
    tmp_path_factory: pytest.TempPathFactory, held: dict[int, int]
) -> None:
    folder = tmp_path_factory.mktemp("digest")
    thin, thick, copy = sparse(folder / "thin", held), folder / "thick", folder / "copy"
    thick.write_bytes(thin.read_bytes())
    copy_file(thin, copy)
    assert digest_of(thin) == digest_of(thick) == digest_of(copy)


@given(
    one=st.dictionaries(st.sampled_from(PLACES), st.integers(1, 255)),
    other=st.dictionaries(st.sampled_from(PLACES), st.integers(1, 255)),
)
def test_files_of_one_size_have_one_digest_only_if_they_are_equal(
    tmp_path_factory: pytest.TempPathFactory, one: dict[int, int], other: dict[int, int]
) -> None:
    folder = tmp_path_factory.mktemp("digest")
    same = digest_of(sparse(folder / "one", one)) == digest_of(sparse(folder / "other", other))
    assert same == (one == other)


def test_what_an_earlier_version_sealed_is_still_told_from_damage(tmp_path: Path) -> None:
    path = sparse(tmp_path / "file", {7: 7})
    told = hashlib.sha256(path.read_bytes()).hexdigest()
    assert is_digest_of(told, path)
    sparse(path, {7: 8})
    assert not is_digest_of(told, path)


def test_a_digest_says_of_what_kind_it_is(tmp_path: Path) -> None:
    assert digest_of(sparse(tmp_path / "file", {})).startswith(HELD)
