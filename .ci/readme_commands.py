"""Print every command that the README tells people to run, in its order."""

import re
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"

for block in re.findall(r"^```sh\n(.*?)^```", README.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE):
    print(block, end="")  # noqa: T201  # this is what it is for
