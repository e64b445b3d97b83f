"""What `hone models retrain` decides on the planted log: evidence, pairs, tiers, and what the gate looked at."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app
from tests.cli.planted import Retrained
from tests.golden.comparing import Golden

Plain = Mapping[str, Any]
DECIDED = ("version", "decision", "reasons", "slices", "wins", "ties", "losses", "p", "questions", "needed")


@pytest.mark.proof
@pytest.mark.xdist_group("planted")
def test_retraining(golden: Golden, retrained: Retrained) -> None:
    home, verdict = retrained.folder / "home", json.loads(retrained.said)
    manifest = json.loads((home / "models" / verdict["version"] / "manifest.json").read_text(encoding="utf-8"))
    stats = json.loads(CliRunner().invoke(app, ["--home", str(home), "searches", "stats", "--json"]).stdout)
    golden.check(
        "retraining",
        {
            "evidence": {item["kind"]: [item["found"], item["used"]] for item in stats["evidence"] if item["found"]},
            "dropped": {f"{item['kind']}: {item['reason']}": item["count"] for item in stats["dropped"]},
            "pairs": {name: manifest[name] for name in ("pairs", "sources")},
            "tiers": {item["tier"]: _part(item, ("score", "lost")) for item in manifest["tried"]},
            "chosen": _part(manifest, ("tier", "fusion")),
            "verdict": _part(verdict, DECIDED),
            "checks": {item["name"]: item["passed"] for item in verdict["checks"]},
            "measures": {item["name"]: _figures(item) for item in verdict["measures"] if _is_stable(item["name"])},
        },
    )


def _part(item: Plain, names: tuple[str, ...]) -> Plain:
    return {name: item[name] for name in names}


def _figures(item: Plain) -> Plain:
    return {name: value for name, value in item.items() if name != "name"}


def _is_stable(name: str) -> bool:
    """Leave out times, which are another machine's; what a check says holds some of them too."""
    return not name.endswith(" ms")
