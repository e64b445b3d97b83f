"""An answer under way as server-sent events, numbered so that whoever loses the socket goes on where it broke."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from fastapi.sse import ServerSentEvent

from agents.events import as_json
from service.run import Run


async def told(run: Run, after: int = 0) -> AsyncGenerator[ServerSentEvent]:
    """Tell a run from an event on, until its end; who listens no longer does not stop it.

    The first event names the run and its conversation. An event's id is how many were told with it, so the last one
    seen is what to go on after. A run that did not end with an answer says `failed` or `stopped`.
    """
    yield ServerSentEvent(event="run", data={"event": "run", "run": run.id, "thread": run.thread})
    async with aclosing(run.follow(after)) as events:
        async for event in events:
            after += 1
            yield ServerSentEvent(event=event.kind, id=str(after), data=as_json(event))
    if run.error is not None:
        said = {"event": "failed", "message": run.error.message, "hint": run.error.hint}
        yield ServerSentEvent(event="failed", data=said)
    elif run.stopped:
        yield ServerSentEvent(event="stopped", data={"event": "stopped"})
