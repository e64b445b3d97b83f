"""From a candidate to what is live, and back."""

import math
import threading
import time

import pytest

from hone.errors import HoneError, UsageError
from hone.progress import Silent
from hone.registry import MovedError
from hone.settings import read_settings
from hone.workspace import Workspace
from retriever.indexing.beside import build_beside
from retriever.indexing.generations import rebuild, verify_all
from retriever.indexing.keeping import prune
from retriever.library.librarian import Librarian
from retriever.searching.searcher import Question, Searcher
from tests.stages import Stages
from tests.training.promotions import decide, follow, live_of, narrowed, passed, reweighed, write
from training.candidates.candidates import candidate_statuses, find_candidate, register
from training.candidates.promoting import promote, rollback
from training.candidates.pruning import drop_refused


@pytest.fixture
def workspace(shop: Workspace) -> Workspace:
    return shop


class Watching(Stages):
    """Remembers what was live as each stage began, and the seconds that this process had worked until then."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.workspace, self.live, self.worked = workspace, list[str](), list[float]()

    def stage(self, name: str, total: int | None) -> None:
        super().stage(name, total)
        self.worked.append(time.process_time())
        self.live.append(live_of(self.workspace).id)


def top(workspace: Workspace, words: str) -> str:
    """Return the best document, searched for with all that the pointer names."""
    searcher = Searcher(workspace)
    result = searcher.search(Question(text=words))
    searcher.close()
    live = live_of(workspace)
    assert (result.generation, result.model, result.notices) == (live.id, live.model.id, ())
    return result.hits[0].document


def generations(workspace: Workspace) -> list[str]:
    return [item.id for item in workspace.registry.generations()]


def test_a_candidate_that_passed_is_live_with_what_was_added_since_and_syncs_go_on_with_it(
    workspace: Workspace,
) -> None:
    candidate = narrowed(workspace)
    beside = build_beside(workspace, register(workspace, candidate), Silent(), wait=5)
    decide(workspace, candidate)
    assert (live_of(workspace).id, beside.id, beside.passages) == ("g000001", "g000002", 5)
    write(workspace, "jess", "The jess is tied with a falconer's knot.")
    Librarian(workspace.database).remove(["lure"])
    follow(workspace)
    assert generations(workspace) == ["g000003", "g000002", "g000001"], "a sync leaves the candidate's alone"
    promoted = promote(workspace, "m0001", Silent(), wait=5)
    assert (promoted.id, promoted.model.id, promoted.passages) == ("g000004", candidate.manifest.model, 5)
    assert top(workspace, "falconer's knot") == "jess"
    assert generations(workspace) == ["g000004", "g000003"], "the candidate's first index is superseded"
    write(workspace, "bell", "The bell rings when she moves.")
    follow(workspace)
    assert live_of(workspace).model.card.dimensions == 64
    assert top(workspace, "rings when she moves") == "bell"
    assert not any(verdict.damage for verdict in verify_all(workspace))
    (standing,) = candidate_statuses(workspace)
    assert (standing.decision, standing.live) == ("promoted", True)
    assert standing.candidate.verdict is not None
    assert standing.candidate.verdict.decision == "promoted"


def test_new_weights_share_the_files_of_the_live_index_and_change_the_order(workspace: Workspace) -> None:
    candidate = passed(workspace, reweighed(workspace))
    stages = Stages()
    promoted = promote(workspace, "latest", stages, wait=5)
    assert stages.names == ["registering", "copying", *ENDING]
    assert promoted.model.id == candidate.manifest.model
    assert promoted.model.fusion is not None
    file = "shard/edge_config.json"
    assert (workspace.index / "g000001" / file).samefile(workspace.index / "g000002" / file)
    assert not (workspace.index / "g000001" / "manifest.json").samefile(workspace.index / "g000002" / "manifest.json")
    searcher = Searcher(workspace)
    result = searcher.search(Question(text="what has the hood"))
    searcher.close()
    best = result.hits[0]
    dense = (best.channels["dense"].score - promoted.cosine_mean) / promoted.cosine_deviation
    soft, word = math.log1p(math.exp(0.7 * dense)) / 0.7, 9**0.25  # "hood" is the only word that is no stop word
    assert best.score == pytest.approx(soft + 3.0 * word * best.channels["bm25"].score)


ENDING = ["verifying", "switching to the new model", "tidying", "writing the verdict"]


def test_a_name_of_a_generation_is_not_used_twice(workspace: Workspace) -> None:
    candidate = reweighed(workspace)
    assert build_beside(workspace, register(workspace, candidate), Silent(), wait=5).id == "g000002"
    decide(workspace, candidate, "refused", reason="Worse.")
    assert drop_refused(workspace, wait=5) == ["g000002"]
    assert not (workspace.index / "g000002").exists()
    assert build_beside(workspace, register(workspace, candidate), Silent(), wait=5).id == "g000003"


def test_a_refused_candidate_loses_index_and_vectors_and_keeps_folder_and_reasons(workspace: Workspace) -> None:
    refused, open_ = narrowed(workspace, 64), narrowed(workspace, 128)
    for candidate in (refused, open_):
        build_beside(workspace, register(workspace, candidate), Silent(), wait=5)
    decide(workspace, refused, "refused", reason="Recall is worse.")
    assert drop_refused(workspace, wait=5) == ["g000002"]
    assert generations(workspace) == ["g000003", "g000001"]
    assert encoded(workspace) == {256, 128}
    with pytest.raises(HoneError, match="m0001 was refused: Recall is worse"):
        promote(workspace, "m0001", Silent(), wait=5)
    assert promote(workspace, "m0001", Silent(), force=True, wait=5).model.id == refused.manifest.model
    verdict = find_candidate(workspace.home, "m0001").verdict
    assert verdict is not None
    assert (verdict.decision, verdict.reasons) == ("promoted", ("Recall is worse.",))


def encoded(workspace: Workspace) -> set[int]:
    """Say of which dimensions vectors are cached."""
    from retriever.encoding.vectorcache import VectorCache

    cache = VectorCache(workspace.vectors)
    sizes = {size.model for size in cache.sizes()}
    cache.close()
    return {model.card.dimensions for model in workspace.registry.models() if model.card.hash in sizes}


def test_a_candidate_that_was_not_judged_is_refused_unless_forced(workspace: Workspace) -> None:
    candidate = narrowed(workspace)
    with pytest.raises(HoneError, match="m0001 has not been compared"):
        promote(workspace, "m0001", Silent(), wait=5)
    assert live_of(workspace).id == "g000001"
    assert promote(workspace, "m0001", Silent(), force=True, wait=5).model.id == candidate.manifest.model
    assert candidate_statuses(workspace)[0].decision == "promoted", (
        "the registry says so, and there is no verdict to say it"
    )


def test_a_candidate_held_against_another_model_is_refused_and_it_says_which_is_live(workspace: Workspace) -> None:
    for dimensions in (64, 128):
        passed(workspace, narrowed(workspace, dimensions))
    first = promote(workspace, "m0001", Silent(), wait=5)
    for force in (False, True):
        with pytest.raises(HoneError, match="m0002 was compared with hash@") as raised:
            promote(workspace, "m0002", Silent(), force=force, wait=5)
        assert f"{first.model.id} has been live since" in raised.value.message
    rollback(workspace, Silent(), wait=5)
    assert promote(workspace, "m0002", Silent(), wait=5).model.card.dimensions == 128


def test_of_two_admins_at_once_one_wins_and_the_other_is_told(workspace: Workspace) -> None:
    for dimensions in (64, 128):
        passed(workspace, narrowed(workspace, dimensions))
    said = list[str]()

    def admin(version: str) -> None:
        own = Workspace(read_settings(workspace.home))
        try:
            said.append(promote(own, version, Silent(), wait=60).model.id)
        except HoneError as error:
            said.append(error.message)
        finally:
            own.close()

    admins = [threading.Thread(target=admin, args=(version,)) for version in ("m0001", "m0002")]
    for each in admins:
        each.start()
    for each in admins:
        each.join()
    (told,) = [line for line in said if "was compared with" in line]
    (won,) = [line for line in said if line != told]
    assert live_of(workspace).model.id == won
    assert f"{won} has been live since" in told


def test_promoting_what_is_live_already_brings_it_up_to_date(workspace: Workspace) -> None:
    passed(workspace, narrowed(workspace))
    first = promote(workspace, "m0001", Silent(), wait=5)
    assert promote(workspace, "m0001", Silent(), wait=5) == first
    assert [move.why for move in workspace.registry.moves()] == ["first index", "promote m0001"]


def test_a_candidates_damaged_index_is_built_anew_and_the_damaged_one_goes(workspace: Workspace) -> None:
    candidate = passed(workspace, narrowed(workspace))
    build_beside(workspace, register(workspace, candidate), Silent(), wait=5)
    (workspace.index / "g000002" / "stray").write_text("x")
    assert promote(workspace, "m0001", Silent(), wait=5).id == "g000003"
    assert generations(workspace) == ["g000003", "g000001"]


def test_an_encoder_that_makes_other_vectors_than_its_index_holds_does_not_go_live(workspace: Workspace) -> None:
    """As if vectors in the cache had been made by another encoder under the same hash."""
    candidate = passed(workspace, narrowed(workspace))
    model = register(workspace, candidate)
    from retriever.encoding.hashing import HashEncoder
    from retriever.encoding.vectorcache import VectorCache, hash_text
    from retriever.indexing.build import text_of
    from retriever.library.library import Library

    texts = [text_of(item) for item in Library(workspace.database).everything()]
    cache, wrong = VectorCache(workspace.vectors), HashEncoder(truncate_dim=64).encode_passages(texts[::-1])
    cache.put(model.card.hash, [hash_text(text) for text in texts], wrong)
    cache.close()
    with pytest.raises(HoneError, match="by its own vector"):
        promote(workspace, "m0001", Silent(), wait=5)
    assert live_of(workspace).id == "g000001"


def test_rolling_back_is_one_move_and_then_the_documents_added_since(workspace: Workspace) -> None:
    base = live_of(workspace).model
    passed(workspace, narrowed(workspace))
    promote(workspace, "m0001", Silent(), wait=5)
    for name in ("jess", "bell", "swivel"):
        write(workspace, name, f"The {name} came later.")
        follow(workspace)
    assert "g000001" in generations(workspace), "syncs keep what a rollback goes back to"
    back = rollback(workspace, Silent(), wait=5)
    assert (back.model, back.passages) == (base, 8)
    assert top(workspace, "swivel came later") == "swivel"
    moves = workspace.registry.moves()
    assert [(move.generation.id, move.why) for move in moves[-2:]] == [("g000001", "rollback"), (back.id, "sync")]
    standing = candidate_statuses(workspace)[0]
    assert (standing.decision, standing.live) == ("promoted", False)
    with pytest.raises(UsageError, match="no model to roll back to"):
        rollback(workspace, Silent(), wait=5)
    assert live_of(workspace) == back


def test_a_rollback_waits_for_nobody_and_the_sync_it_came_into_follows_it(workspace: Workspace) -> None:
    base = live_of(workspace).model
    passed(workspace, narrowed(workspace))
    promote(workspace, "m0001", Silent(), wait=5)
    other = Workspace(read_settings(workspace.home))
    write(workspace, "jess", "The jess came later.")

    class Interrupting(Silent):
        told = ""

        def stage(self, name: str, total: int | None) -> None:
            del total
            if name == "indexing" and not self.told:
                try:
                    rollback(other, Silent(), wait=0)
                except HoneError as error:
                    self.told = error.message
                assert live_of(other).id == "g000001", "it is back though the sync holds the lock"

    interrupting = Interrupting()
    synced = follow(workspace, interrupting)
    other.close()
    assert interrupting.told.startswith(f"{base.id} is live again, with the documents as of 20")
    assert "`hone documents sync` (process" in interrupting.told
    assert (synced.model, synced.passages) == (base, 6)
    assert top(workspace, "jess came later") == "jess"


def test_a_rollback_that_comes_into_a_promotion_wins(workspace: Workspace) -> None:
    passed(workspace, narrowed(workspace, 64))
    promote(workspace, "m0001", Silent(), wait=5)
    passed(workspace, narrowed(workspace, 128))
    other = Workspace(read_settings(workspace.home))

    class Interrupting(Silent):
        def stage(self, name: str, total: int | None) -> None:
            del total
            if name == "switching to the new model":
                with pytest.raises(HoneError, match="is live again"):
                    rollback(other, Silent(), wait=0)

    with pytest.raises(MovedError, match=r"g000001.*rollback"):
        promote(workspace, "m0002", Interrupting(), wait=5)
    other.close()
    assert live_of(workspace).id == "g000001"


def test_a_damaged_index_is_not_gone_back_to(workspace: Workspace) -> None:
    passed(workspace, narrowed(workspace))
    live = promote(workspace, "m0001", Silent(), wait=5)
    (workspace.index / "g000001" / "stray").write_text("x")
    with pytest.raises(HoneError, match="no usable index of hash@"):
        rollback(workspace, Silent(), wait=5)
    assert live_of(workspace).id == live.id


def test_an_admin_prunes_candidates_and_what_a_rollback_needs(workspace: Workspace) -> None:
    passed(workspace, narrowed(workspace, 64))
    promote(workspace, "m0001", Silent(), wait=5)
    candidate = passed(workspace, narrowed(workspace, 128))
    build_beside(workspace, register(workspace, candidate), Silent(), wait=5)
    write(workspace, "jess", "The jess came later.")
    follow(workspace)
    assert generations(workspace) == ["g000004", "g000003", "g000002", "g000001"]
    assert prune(workspace, 2) == ["g000003", "g000002"], "what a rollback goes back to is kept before others"
    assert promote(workspace, "m0002", Silent(), wait=5).id == "g000005", "and the candidate's is built again"
    assert prune(workspace, 1) == ["g000004"]
    with pytest.raises(UsageError, match="no model to roll back to"):
        rollback(workspace, Silent(), wait=5)


def test_a_candidate_never_answers_for_a_damaged_live_index(workspace: Workspace) -> None:
    build_beside(workspace, register(workspace, narrowed(workspace)), Silent(), wait=5)
    write(workspace, "jess", "The jess came later.")
    follow(workspace)
    (workspace.index / live_of(workspace).id / "stray").write_text("x")
    searcher = Searcher(workspace)
    result = searcher.search(Question(text="falcon"))
    searcher.close()
    assert result.generation == "g000001"
    assert "damaged" in result.notices[0]


def test_a_rebuild_with_the_same_model_leaves_candidates_alone(workspace: Workspace) -> None:
    candidate = passed(workspace, narrowed(workspace, 64))
    build_beside(workspace, register(workspace, candidate), Silent(), wait=5)
    rebuild(workspace, Silent())
    assert generations(workspace) == ["g000003", "g000002", "g000001"]
    assert promote(workspace, "m0001", Silent(), wait=5).id == "g000002"


def test_a_rollback_moves_the_pointer_in_under_a_second_and_indexes_afterwards(workspace: Workspace) -> None:
    """Counted in the work of this process, so that whatever else the machine does decides nothing."""
    promote(workspace, passed(workspace, narrowed(workspace)).version, Silent(), wait=30)
    write(workspace, "jess", "The jess came later.")
    watching, began = Watching(workspace), time.process_time()
    rollback(workspace, watching, wait=30)
    assert watching.names[0].endswith("is live again")
    assert watching.live[0] == "g000001", "before anything else is done"
    assert watching.worked[0] - began < 1
    assert "indexing" in watching.names[1:]
    assert top(workspace, "jess came later") == "jess"
