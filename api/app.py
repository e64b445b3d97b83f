"""The API put together: one FastAPI app and the MCP endpoint, as routes that leave every other path alone."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Route

import hone
from api import asking, documents, feedback, health, reference, searching, threads
from api.chat import completions
from api.chat.history import Histories
from api.errors import FORMS, Caught, handle
from api.identity import Identity
from api.tools import PATH, Tools
from hone.errors import HoneError
from service.service import Service

PATHS = ("/api/{_:path}", "/v1/{_:path}", "/healthz", "/readyz", "/openapi.json", "/docs")
ROUTERS = (
    searching.router,
    asking.router,
    threads.router,
    documents.router,
    feedback.router,
    completions.router,
    health.router,
    reference.router,
)
SILENT: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
DESCRIPTION = """\
Search, ask with checked citations, and read conversations and documents over HTTP, as the person whose token you send.

What you can't access is 404, as if it didn't exist.

The same search is a Model Context Protocol server under `/mcp` (streamable HTTP without sessions, JSON replies) with \
the read-only tools `search` and `fetch`. It takes the same tokens.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """What a server mounts, and holds open while it serves."""

    app: FastAPI
    tools: Tools
    identity: Identity

    @property
    def routes(self) -> list[BaseRoute]:
        """List the routes of everything here; each app behind them sees the whole path."""
        early = self.identity.too_early
        caught, tools = Caught(self.app, early), Caught(self.tools, early)
        return [*(Route(path, endpoint=caught) for path in PATHS), Route(PATH, endpoint=tools)]

    @asynccontextmanager
    async def lifespan(self) -> AsyncGenerator[None]:
        """Hold this open while requests are served; it can be entered once."""
        async with self.tools.run():
            yield


class _App(FastAPI):
    """An app whose OpenAPI document has the forms of refusals, which no endpoint returns."""

    def openapi(self) -> dict[str, Any]:
        spec = super().openapi()
        spec["components"]["schemas"] |= FORMS
        return spec


def make_api(service: Service, key: str = "") -> Api:
    """Make the API of a service."""
    identity = Identity(service, key)
    app = _App(
        title="Hone",
        version=hone.__version__,
        description=DESCRIPTION,
        docs_url=None,  # the page that comes with FastAPI loads scripts from elsewhere
        redoc_url=None,
        telemetry=SILENT,
    )
    app.state.service, app.state.identity = service, identity
    app.state.histories = Histories(service.workspace)
    for kind in (HoneError, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, handle)
    for router in ROUTERS:
        app.include_router(router)
    return Api(app=app, tools=Tools(service, identity, app.version), identity=identity)
