"""What the log's readers make of a simulated year, as data."""

from datetime import timedelta

import pytest

from eval.usage.usage import usage_of
from tests.golden.comparing import Golden, plain_of
from tests.training.office import NOW, Office
from tests.training.simulated import Year, simulate
from training.evidence.stats import stats_of
from training.evidence.usable import Usable

WEEKS = 27  # all that is simulated: 180 days


@pytest.fixture
def usable(office: Office) -> Usable:
    return simulate(office, Year())


def test_statistics_of_searches(golden: Golden, usable: Usable) -> None:
    stats = plain_of(stats_of(usable))
    del stats["fingerprint"]  # it says that something changed, and not what
    named = {one["kind"]: {"found": one["found"], "used": one["used"]} for one in stats["evidence"]}
    dropped = {f"{one['kind']}: {one['reason']}": one["count"] for one in stats["dropped"]}
    needs = {one["what"]: {"have": one["have"], "need": one["need"]} for one in stats["needs"]}
    golden.check("searches_stats", {**stats, "evidence": named, "dropped": dropped, "needs": needs})


def test_usage(golden: Golden, office: Office, usable: Usable) -> None:
    usage = plain_of(usage_of(office.workspace, WEEKS, NOW + timedelta(minutes=5)))
    rows = {part: {row["name"]: row for row in usage[part]} for part in ("weeks", "groups")}
    golden.check("usage", {**usage, **rows})
