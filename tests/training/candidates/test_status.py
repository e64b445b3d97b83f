"""Where candidates stand, and which one the gate still has to see."""

from hone.progress import Silent
from hone.workspace import Workspace
from tests.training.promotions import decide, reweighed
from training.candidates.candidates import left_unjudged
from training.candidates.drafts import Origin, origin_of
from training.candidates.promoting import promote


def looked(workspace: Workspace, origin: Origin) -> tuple[str, str]:
    """Return what is left to be judged, and what was said."""
    said = list[str]()
    found = left_unjudged(workspace, origin, said.append)
    return found.version if found else "", " ".join(said)


def test_a_candidate_that_nobody_judged_is_found_where_it_began_from_the_same(shop: Workspace) -> None:
    candidate = reweighed(shop)
    origin = origin_of(candidate.manifest)
    assert looked(shop, origin) == ("m0001", "m0001 was trained but not judged; the gate checks it now.")
    grown = origin.model_copy(update={"training_set": "more"})
    found, said = looked(shop, grown)
    assert found == ""
    assert "can't be any more: the log" in said
    decide(shop, candidate, "refused")
    assert looked(shop, origin) == ("", "")


def test_one_that_is_live_or_not_the_newest_is_left_alone(shop: Workspace) -> None:
    first = reweighed(shop)
    promote(shop, first.version, Silent(), force=True, wait=30)
    assert looked(shop, origin_of(first.manifest)) == ("", ""), "somebody put it live unjudged"
    reweighed(shop, 4.0)
    newest = reweighed(shop, 5.0)
    decide(shop, newest)
    assert looked(shop, origin_of(newest.manifest)) == ("", "")
