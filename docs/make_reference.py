"""Write docs/cli.md from the command line's own help, or check that it is what is written there."""

import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parent / "cli.md"


def made() -> str:
    """Let typer describe every command."""
    arguments = [sys.executable, "-m", "typer", "cli.main", "utils", "docs", "--name", "hone", "--title", "Commands"]
    return subprocess.run(arguments, check=True, capture_output=True, text=True, cwd=PAGE.parent.parent).stdout


if __name__ == "__main__":
    page = made()
    if "--check" not in sys.argv:
        PAGE.write_text(page, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page:
        sys.exit("docs/cli.md is not what the commands say now.\n  → make fix")
