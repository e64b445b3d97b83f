import random
from pathlib import Path

import pytest

from hone.errors import HoneError
from hone.records import EncoderCard
from retriever.storing.manifest import MANIFEST, Damage, is_sealed, read_manifest, seal, verify

CARD = EncoderCard(
    model="minilm", hash="ab" * 32, dimensions=4, max_tokens=256, query_prompt="", passage_prompt="", truncate_dim=None
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sealed folder with small, large, sparse and empty files."""
    folder = tmp_path / "generation"
    (folder / "shard" / "deep").mkdir(parents=True)
    (folder / "shard" / "small.json").write_text('{"size": 4}')
    (folder / "shard" / "deep" / "large.dat").write_bytes(random.Random(1).randbytes(300_000))
    (folder / "shard" / "empty.dat").touch()
    with (folder / "shard" / "sparse.dat").open("wb") as file:
        file.truncate(200_000)
    (folder / "owner").write_text("process 1")
    seal(folder, encoder=CARD, points=7, library_revision=3, analyser=2)
    return folder


def flip(path: Path, bit: int) -> None:
    content = bytearray(path.read_bytes())
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)


def test_what_is_sealed_reads_back(folder: Path) -> None:
    manifest = read_manifest(folder)
    assert (manifest.generation, manifest.points, manifest.library_revision, manifest.analyser) == (
        "generation",
        7,
        3,
        2,
    )
    assert (manifest.encoder, manifest.dimensions) == (CARD, 4)
    assert [file.name for file in manifest.files] == [
        "shard/deep/large.dat",
        "shard/empty.dat",
        "shard/small.json",
        "shard/sparse.dat",
    ]
    assert [file.size for file in manifest.files] == [300_000, 0, 11, 200_000]
    assert verify(folder) == ()


def test_the_lock_file_of_a_writer_is_no_damage(folder: Path) -> None:
    (folder / "owner").write_text("process 2")
    assert verify(folder) == ()


def test_every_single_flipped_bit_is_found(folder: Path) -> None:
    """200 flips anywhere in the covered files, holes included, and 200 in the manifest itself."""
    rng = random.Random(7)
    covered = [path for path in sorted((folder / "shard").rglob("*")) if path.is_file() and path.stat().st_size]
    places = [rng.choice(covered) for _ in range(200)] + [folder / MANIFEST] * 200
    for path in places:
        bit = rng.randrange(path.stat().st_size * 8)
        flip(path, bit)
        assert verify(folder) == (Damage(name=path.relative_to(folder).as_posix(), fault="altered"),), (path, bit)
        flip(path, bit)
    assert verify(folder) == ()


def test_missing_extra_and_resized_files_are_named_together(folder: Path) -> None:
    (folder / "shard" / "empty.dat").unlink()
    (folder / "shard" / "new.dat").touch()
    with (folder / "shard" / "sparse.dat").open("ab") as file:
        file.write(b"\0")
    expected = {"shard/empty.dat": "missing", "shard/new.dat": "extra", "shard/sparse.dat": "resized"}
    for contents in (True, False):
        assert {damage.name: damage.fault for damage in verify(folder, contents=contents)} == expected
    assert str(verify(folder)[0]) == "shard/empty.dat is missing"


def test_a_quick_look_sees_sizes_and_not_bits(folder: Path) -> None:
    flip(folder / "shard" / "small.json", 9)
    assert verify(folder, contents=False) == ()
    assert verify(folder) == (Damage(name="shard/small.json", fault="altered"),)


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"generation": "x", "surprise": 1}', "\xff"])
def test_a_manifest_that_is_none_is_refused_with_a_remedy(folder: Path, content: str) -> None:
    (folder / MANIFEST).write_text(content, encoding="latin-1")
    with pytest.raises(HoneError, match=r"manifest\.json") as caught:
        read_manifest(folder)
    assert "hone index rebuild" in caught.value.hint
    assert verify(folder) == (Damage(name=MANIFEST, fault="altered"),)


def test_a_manifest_with_a_fact_changed_by_hand_is_refused(folder: Path) -> None:
    text = (folder / MANIFEST).read_text()
    (folder / MANIFEST).write_text(text.replace('"points": 7', '"points": 8'))
    with pytest.raises(HoneError, match="checksum is wrong"):
        read_manifest(folder)


def test_a_folder_without_a_manifest_is_not_sealed(tmp_path: Path) -> None:
    assert not is_sealed(tmp_path)
    assert verify(tmp_path) == (Damage(name=MANIFEST, fault="missing"),)
    with pytest.raises(HoneError, match="can't be read"):
        read_manifest(tmp_path)


def test_a_server_generation_has_a_manifest_without_files(tmp_path: Path) -> None:
    seal(tmp_path / "remote", encoder=CARD, points=1, library_revision=1, analyser=1, engine="server")
    assert read_manifest(tmp_path / "remote").files == ()
    assert verify(tmp_path / "remote") == ()
