"""One process for employees: the pages, the API and what guards both, from the first check to the last answer."""

import asyncio
import contextlib
import importlib.resources
import logging
import signal
import socket
import sys
import threading
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

import streamlit as st
import uvicorn
from starlette.types import ASGIApp

from agents.llm.local.serving import served_locally
from api.app import make_api
from api.guards import Guards, hashes_of_scripts, rules_of
from hone.settings import Settings
from hone.workspace import Workspace
from service.address import announced, new_key, only_one
from service.service import Service
from ui import process
from ui.connections import Config, Limits, limits_of, raise_file_limit
from ui.failing import tell_failure
from ui.options import set_options
from ui.preflight import listening

log = logging.getLogger(__name__)

SCRIPT = Path(__file__).parent / "app.py"
GRACE = 2  # seconds that replies under way have when Hone is stopped; answers are stopped at once
CLOSING = 3.0  # seconds that answers and index have to end
LARGEST_FRAME = 1 << 20  # bytes that a page may send at once
PING = 30.0  # seconds between two looks whether a page is still there

Ready = Callable[[str], None]


def serve(workspace: Workspace, ready: Ready, script: Path = SCRIPT) -> None:
    """Serve a workspace until the process is stopped; `ready` gets the address once questions are answered."""
    settings, key = workspace.settings, new_key()
    with contextlib.ExitStack() as stack:
        stack.enter_context(_stopped_by_sigterm())
        taken = stack.enter_context(contextlib.closing(listening(settings)))
        stack.enter_context(only_one(workspace.home))
        stack.enter_context(served_locally(workspace.home))
        url = _url(settings.serve.host, taken)
        service = Service(workspace)
        stack.callback(process.use, None)
        process.use(service)
        _warm(service)

        def started() -> None:
            stack.enter_context(announced(workspace.home, url, key, settings))
            ready(url)

        config = _config(make_app(service, key, script), limits_of(settings, raise_file_limit()))
        _Server(config, service, started).run(sockets=[taken])


def make_app(service: Service, key: str, script: Path = SCRIPT) -> ASGIApp:
    """Put pages, API and guards together."""
    settings = service.workspace.settings
    set_options(settings)
    api = make_api(service, key)

    @contextlib.asynccontextmanager
    async def lifespan(_: st.App) -> AsyncGenerator[dict[str, Any]]:
        async with api.lifespan():
            yield {}

    app = st.App(
        script,
        secrets=secrets_of(settings),
        lifespan=lifespan,
        routes=api.routes,
        on_script_error=tell_failure,
    )
    return Guards(app, rules_of(settings, settings.serve.host, hashes_of_scripts(_page())))


def secrets_of(settings: Settings) -> Mapping[str, Any]:
    """Make the secrets that Streamlit needs to log people in; none where nobody logs in."""
    oidc = settings.identity.oidc
    if settings.identity.mode != "oidc" or oidc.client_secret is None or oidc.cookie_secret is None:
        return {}
    return {
        "auth": {
            "redirect_uri": oidc.redirect_url,
            "cookie_secret": oidc.cookie_secret.get_secret_value(),
            "client_id": oidc.client_id,
            "client_secret": oidc.client_secret.get_secret_value(),
            "server_metadata_url": oidc.metadata_url,
        }
    }


class _Server(uvicorn.Server):
    """Uvicorn that says when it is ready, stops answers when it is stopped, and then exits normally."""

    def __init__(self, config: Config, service: Service, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._service, self._started, self._connections = service, started, config.connections

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._connections.watch(asyncio.get_running_loop())
        await super().startup(sockets)
        if self.started:
            self._started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        closing = threading.Thread(target=self._service.close, name="closing", daemon=True)
        closing.start()  # beside the rest: streams of answers end because the answers do
        await super().shutdown(sockets)
        await asyncio.to_thread(closing.join, CLOSING)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Take the signals that stop; uvicorn's own raises them again at the end, which makes a failure of a stop."""
        before = {each: signal.signal(each, self.handle_exit) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)


def _config(app: ASGIApp, limits: Limits) -> Config:
    return Config(
        app,
        limits,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # the guards have to see who is really there
        ws_max_size=LARGEST_FRAME,
        ws_ping_interval=PING,
        ws_ping_timeout=PING,
        timeout_graceful_shutdown=GRACE,
    )


def _warm(service: Service) -> None:
    """Load encoder and index before anybody waits for them."""
    if problem := service.ready():
        log.warning("%s", problem)
        return
    with service.searcher.live.current() as opened:
        opened.encoder.encode_queries(["warm"])


def _url(host: str, taken: socket.socket) -> str:
    port: int = taken.getsockname()[1]
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # where this machine reaches it
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def _page() -> str:
    return (importlib.resources.files("streamlit") / "static" / "index.html").read_text(encoding="utf-8")


@contextlib.contextmanager
def _stopped_by_sigterm() -> Generator[None]:
    """End in an orderly way when stopped before the server listens to signals itself."""

    def stop(_: int, __: FrameType | None) -> None:
        sys.exit(0)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
