"""The process that serves a model on loopback with llama.cpp: `python served.py FILE PORT CONTEXT NAME`.

Its key comes on standard input, which stays open as long as its parent lives: at its end the process ends, too.
It is run as a file of its own, so that nothing else of Hone is loaded beside a model that needs the memory.
"""

import importlib
import os
import sys
import threading
from typing import Any

LOOPBACK = "127.0.0.1"


def main(file: str, port: int, context: int, name: str) -> None:
    """Serve until the parent is gone."""
    key = sys.stdin.readline().strip()
    parent = threading.Thread(target=_end_with_parent, daemon=True)
    parent.start()
    llama: Any = importlib.import_module("xllamacpp")  # an extra, without types
    params: Any = llama.CommonParams()
    params.model.path = file
    params.model_alias = {name}
    params.hostnames = [LOOPBACK]
    params.port = port
    params.api_keys = [key]
    params.n_ctx = context
    params.n_parallel = 1
    server: Any = llama.Server(params)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    parent.join()


def _end_with_parent() -> None:
    """Wait for the end of standard input: however the parent ended, its end of the pipe is closed then."""
    while sys.stdin.readline():
        pass
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
