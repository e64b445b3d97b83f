"""Golden files: what a family of commands came to when it was last looked at, and a readable difference from it.

To accept what changed: `pytest tests/golden --rewrite-golden`, and say in the commit why it did.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

DIGITS = 5
NEAR = 1e-4  # processors round differently in the sixth digit, and rounding may turn that into one in the fifth
SHOWN = 40  # differences
REWRITE = "To accept them: pytest tests/golden --rewrite-golden"


@dataclass(frozen=True, slots=True, kw_only=True)
class Golden:
    """The golden files beside the tests, compared with or written anew."""

    folder: Path
    rewrite: bool

    def check(self, name: str, found: Any) -> None:
        """Compare data with what was kept of it, or keep it."""
        path, plain = self.folder / f"{name}.json", plain_of(found)
        if self.rewrite:
            text = json.dumps(plain, indent=1, sort_keys=True, ensure_ascii=False)
            path.write_text(f"{text}\n", encoding="utf-8")
        kept = json.loads(path.read_text(encoding="utf-8"))
        assert_same(name, list(differences(kept, plain)))


def assert_same(name: str, changed: Sequence[str]) -> None:
    """Fail with the differences, the first of them if they are many."""
    more = [f"… and {len(changed) - SHOWN} more"] if len(changed) > SHOWN else []
    told = [f"{len(changed)} differences from {name}.json (kept → found)", *changed[:SHOWN], *more, REWRITE]
    assert not changed, "\n  ".join(told)


def plain_of(value: Any) -> Any:
    """Turn records into what JSON holds, with rounded figures; of a set, its members in order."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain_of(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain_of(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # whatever it holds
    if isinstance(value, Set):
        return sorted(plain_of(item) for item in value)  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain_of(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, DIGITS)
    return value


def differences(kept: Any, found: Any, at: str = "") -> Iterator[str]:
    """Name each place where two pieces of plain data differ, with both values."""
    match kept, found:
        case dict(), dict():
            for key in sorted({*kept, *found}):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
                yield from differences(kept.get(key), found.get(key), f"{at}.{key}" if at else str(key))  # pyright: ignore
        case list(), list() if len(kept) == len(found):  # pyright: ignore[reportUnknownArgumentType]
            for place, pair in enumerate(zip(kept, found, strict=True)):  # pyright: ignore
                yield from differences(*pair, f"{at}[{place}]")
        case (int() | float(), int() | float()) if not isinstance(kept, bool) and not isinstance(found, bool):
            if abs(kept - found) > NEAR:
                yield f"{at}: {kept} → {found}"
        case _:
            if kept != found:
                yield f"{at}: {kept!r} → {found!r}"
