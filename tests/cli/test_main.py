"""The one place of the command line where every error ends."""

import contextlib
import logging
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from cli import main as front
from hone.errors import HoneError, UsageError

SECRET = "https://ada:hush-hush@llm.example/v1"


def raising(error: BaseException) -> Callable[[], Callable[[], None]]:
    def run() -> None:
        raise error

    return lambda: run


@pytest.mark.parametrize(
    ("error", "code", "names"),
    [
        (HoneError("It failed.", hint="Try this."), 1, ("It failed.", "Try this.")),
        (UsageError("No such thing."), 2, ("No such thing.",)),
        (PermissionError(13, "Permission denied", "/srv/docs"), 1, ("/srv/docs", "Permission denied")),
        (KeyError(0), 1, (".log",)),
        (RuntimeError(f"no answer from {SECRET}"), 1, (".log",)),
    ],
)
def test_an_error_is_told_in_words_and_its_details_are_kept(
    error: Exception,
    code: int,
    names: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(front, "_command", raising(error))
    monkeypatch.setattr("sys.argv", ["hone"])
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(SystemExit) as ended:
        front.main()
    said = capsys.readouterr().err
    assert ended.value.code == code
    assert all(name in said for name in names)
    assert "Traceback" not in said
    assert type(error).__name__ not in said
    kept = "".join(file.read_text(encoding="utf-8") for file in tmp_path.glob("*.log"))
    assert (f"raise error\n{type(error).__name__}" in kept) == (".log" in names)
    assert "hush-hush" not in said + kept


def test_a_log_line_has_no_password_in_it(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["hone", "--home", "none", "--verbose", "settings"])
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    with contextlib.suppress(SystemExit):
        front.main()
    logging.getLogger("httpx2").info("HTTP Request: POST %s", SECRET)
    said = capsys.readouterr().err
    assert "***@llm.example" in said
    assert "hush-hush" not in said
