"""What a reading worker takes from itself before it sees a file: memory, output, processes, network.

The resource limits hold whatever runs here. The audit hook holds Python code only: it stops a parser that is led to
write or connect, and is no wall against code that a file gets to run in a C library.
"""

import os
import resource
import signal
import sys
from typing import cast

from retriever.reading.limits import ReadLimits

_FORBIDDEN = frozenset(
    (  # noqa: SIM905 -- words read better as words
        "socket.connect socket.bind socket.sendto socket.getaddrinfo socket.gethostbyname subprocess.Popen os.exec "
        "os.posix_spawn os.fork os.forkpty os.system os.remove os.rename os.rmdir os.mkdir os.link os.symlink os.chmod "
        "os.chown os.truncate shutil.rmtree shutil.move ctypes.dlopen webbrowser.open urllib.Request"
    ).split()
)
_UNWANTED = ("numpy", "pandas", "torch")  # costly to import, and nothing here needs them
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_OPEN_FILES = 64
_DEEP = 5_000  # nested markup takes several calls a level; a runaway still ends


def confine(limits: ReadLimits) -> None:
    """Limit this process for good."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then closes the pipe
    for timer in (signal.SIGPROF, signal.SIGALRM):
        signal.signal(timer, signal.SIG_DFL)  # ends the process though a parser holds the interpreter
    _lower(resource.RLIMIT_AS, limits.memory_bytes)
    _lower(resource.RLIMIT_FSIZE, 0)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_NOFILE, _OPEN_FILES)
    cast("dict[str, None]", sys.modules).update(
        dict.fromkeys(_UNWANTED)
    )  # importing them fails, and openpyxl does without
    sys.dont_write_bytecode = True
    sys.setrecursionlimit(_DEEP)
    sys.addaudithook(_refuse)


def _lower(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    wanted = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (wanted, wanted))


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event in _FORBIDDEN:
        raise PermissionError(f"reading workers aren't allowed to do this: {event}")
    if event == "open" and isinstance(flags := arguments[2], int) and flags & _WRITING:
        raise PermissionError("reading workers aren't allowed to write files")
