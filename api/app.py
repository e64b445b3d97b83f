"""The API put together: one FastAPI app, what it says of itself, and the MCP endpoint, as routes beside others."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import escape
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse
from starlette.routing import BaseRoute, Route

import hone
from api import asking, documents, feedback, searching, threads
from api.chat import completions
from api.chat.history import Histories
from api.errors import FORMS, Caught, documented, handle
from api.identity import Identity, service
from api.replies import HealthReply
from api.tools import PATH, Tools
from hone.errors import HoneError
from service.service import Service

PATHS = ("/api/{_:path}", "/v1/{_:path}", "/healthz", "/readyz", "/openapi.json", "/docs")
OWN = APIRouter()
ROUTERS = (
    searching.router,
    asking.router,
    threads.router,
    documents.router,
    feedback.router,
    completions.router,
    OWN,
)
SILENT: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
DESCRIPTION = """\
Search, ask with checked citations, and read conversations and documents over HTTP, as the person whose token you send.

What you can't access is 404, as if it didn't exist.

The same search is a Model Context Protocol server under `/mcp` (streamable HTTP without sessions, JSON replies) with \
the read-only tools `search` and `fetch`. It takes the same tokens.
"""
POLICY = {"Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'"}
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title>
</head>
<body>
<h1>{title} {version}</h1>
{description}
<p>Parameters, bodies, replies and errors are in <a href="/openapi.json">openapi.json</a>, which any OpenAPI viewer
or client generator reads.</p>
<table>
<thead><tr><th scope="col">Request</th><th scope="col">What it does</th><th scope="col">Token</th></tr></thead>
<tbody>{rows}</tbody>
</table>
</body>
</html>
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
    """Make the API of a service; `key` is what programs of this machine's operator show, none if it is empty.

    Whoever serves mounts `.routes` and holds `.lifespan()` open while it does.
    """
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


@OWN.get("/healthz", tags=["health"], summary="Is the server running?")
async def live() -> HealthReply:
    """Say that the process is running."""
    return HealthReply(status="alive")


@OWN.get("/readyz", tags=["health"], responses=documented(503), summary="Can it answer questions?")
def ready(service: Annotated[Service, Depends(service)]) -> HealthReply:
    """Say that questions are answered, or why not."""
    if reason := service.ready():
        raise HoneError(reason, hint="Run: hone documents sync")
    return HealthReply(status="ready")


@OWN.get("/docs", include_in_schema=False)
async def docs(request: Request) -> HTMLResponse:
    """Show what there is to ask."""
    spec: dict[str, Any] = request.app.openapi()
    info = spec["info"]
    rows = "".join(
        f"<tr><td><code>{method.upper()} {escape(path)}</code></td><td>{escape(operation['summary'])}</td>"
        f"<td>{'yes' if operation.get('security') else 'no'}</td></tr>\n"
        for path, methods in spec["paths"].items()
        for method, operation in methods.items()
    )
    text = "".join(f"<p>{escape(part)}</p>" for part in info["description"].split("\n\n"))
    page = PAGE.format(title=escape(info["title"]), version=escape(info["version"]), description=text, rows=rows)
    return HTMLResponse(page, headers=POLICY)
