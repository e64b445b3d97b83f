"""How quickly the app answers, and whether a crowd, a long day or a flood changes that: the figures of the app issue.

Starts `hone serve` on the sample company with the packaged encoder and no LLM, on loopback, and drives it with a real
browser (first paint; Enter to the first step and to the answer) and through the API (a crowd of askers, memory over
five hundred asks, a flood by one token). "Enter" is the key's event in the page, and what follows is timed there by
the frames that the page draws. The machine's other work shows in all of them.

    python -m benchmarks.serving.__main__ --home /tmp/serving-home
"""

import argparse
from pathlib import Path

from benchmarks.record import keep
from benchmarks.serving.app import prepared, running
from benchmarks.serving.browser import measured_in_browser
from benchmarks.serving.crowd import crowd, flood, memory
from benchmarks.serving.questions import questions


def main() -> None:
    """Measure everything, the browser first, and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True, help="where the workspace is kept, and found again")
    parser.add_argument("--asks", type=int, default=500, help="of the memory figure")
    parser.add_argument("--results", type=Path)
    options = parser.parse_args()
    home = prepared(options.home)
    asked = questions(home)
    figures: dict[str, object] = {}
    with running(home) as app:
        figures |= measured_in_browser(app.url, asked)
    with running(home) as app:
        figures |= crowd(app, asked) | flood(app, asked)
    with running(home) as app:
        figures |= memory(app, asked, options.asks)
    keep("serving", figures, options.results)


if __name__ == "__main__":
    main()
