import subprocess
import sys
from collections.abc import Callable

import pytest

from hone.errors import HoneError
from hone.workspace import Workspace

HOLD = """
import sys
from pathlib import Path
from hone.settings import read_settings
from hone.workspace import Workspace
with Workspace(read_settings(Path(sys.argv[1]))).writing("hone documents sync", wait=1):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_writer_learns_who_is_at_work(make_workspace: Callable[..., Workspace]) -> None:
    workspace = make_workspace()
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(workspace.home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with (
            pytest.raises(HoneError, match=f"`hone documents sync` \\(process {other.pid}"),
            workspace.writing("x", wait=0.1),
        ):
            pass
        other.kill()
        other.wait()
    with workspace.writing("x", wait=5):  # whoever was killed holds nothing
        pass
