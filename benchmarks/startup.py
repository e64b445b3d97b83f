"""How long the command line takes to say anything: help, a cold search, a sync of 1,000 unchanged files.

python benchmarks/startup.py
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.record import keep

TURNS = 5
FILES = 1000


def main() -> None:
    """Take turns, each command in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path)
    options = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="hone-startup-"))
    try:
        keep("startup", measure(work), options.results)
    finally:
        shutil.rmtree(work)


def measure(work: Path) -> dict[str, object]:
    """Prepare two workspaces and time the commands on them."""
    hone = str(Path(sys.executable).parent / "hone")
    demo, many = [hone, "--home", str(work / "demo")], [hone, "--home", str(work / "many")]
    timed([*demo, "demo", "--quiet"])
    (work / "files").mkdir()
    for number in range(FILES):
        (work / "files" / f"{number}.md").write_text(f"# Page {number}\n\nThis page is number {number}.\n")
    timed([*many, "documents", "add", str(work / "files"), "--group", "everyone"], HONE_ENCODER__MODEL="hash")
    rows = [
        (
            timed([hone, "--help"]),
            timed([sys.executable, "-c", "import sentence_transformers"]),
            timed([*demo, "search", "vpn keeps dropping at home"]),
            timed([*many, "documents", "sync"], HONE_ENCODER__MODEL="hash"),
        )
        for _ in range(TURNS)
    ]
    helps, imports, searches, syncs = (statistics.median(column) for column in zip(*rows, strict=True))
    allowed = statistics.median(search - 1.2 * imported for _, imported, search, _ in rows)
    return {
        "hone --help, s": round(helps, 3),
        "import sentence_transformers, s": round(imports, 2),
        "cold hone search on the sample, s": round(searches, 2),
        "cold search less 1.2 × import, s (at most 1)": round(allowed, 2),
        f"sync of {FILES} unchanged files, s": round(syncs, 2),
    }


def timed(command: list[str], **environment: str) -> float:
    """Run a command and tell how long it took."""
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, **environment})
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
