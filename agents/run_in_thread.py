"""Blocking work beside the event loop, on threads that nobody has to wait for once the time is over."""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

Given = TypeVar("Given")


async def run_in_thread(work: Callable[[], Given]) -> Given:
    """Run something that blocks. `asyncio.to_thread` would keep `asyncio.run` from ending until a hung one returns."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Given] = loop.create_future()
    context = contextvars.copy_context()

    def run() -> None:
        try:
            given = context.run(work)
        except Exception as error:  # noqa: BLE001 - it is raised again where it is awaited
            _tell(loop, done, lambda error=error: done.set_exception(error))
        else:
            _tell(loop, done, lambda: done.set_result(given))

    threading.Thread(target=run, daemon=True, name="hone-aside").start()
    return await done


def _tell(loop: asyncio.AbstractEventLoop, done: "asyncio.Future[Given]", tell: Callable[[], None]) -> None:
    with suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(lambda: None if done.done() else tell())
