"""What stands between the network and everything that is served: names, origins, sizes, and headers both ways.

Pure ASGI and around it all, so that neither a websocket nor an error page gets past it.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.callers import (
    as_of_origin,
    believable,
    comes_from,
    comes_from_this_machine,
    host_name,
    plain_header,
    plain_name,
    same_site,
    values,
)
from hone.settings import Settings

Header = tuple[bytes, bytes]

YEAR = 31_536_000  # seconds

_INLINE = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
WILDCARDS = frozenset({"0.0.0.0", "::"})  # noqa: S104  # addresses to listen on, and names of nobody
LARGEST_REQUEST = 1 << 20  # bytes; a little over the API's `LARGEST_BODY`, whose refusal has the form of its door
READING = frozenset({"GET", "HEAD", "OPTIONS"})
KEY_HEADERS = frozenset({"x-hone-key", "x-hone-as"})  # by which `hone search` asks the app on its own machine
WITHOUT_NAME = ("/healthz", "/readyz")  # whoever looks after machines asks by their number, and learns nothing
CORE = "/_stcore/"
NEEDED = ("/_stcore/health", "/_stcore/host-config", "/_stcore/stream", "/_stcore/bidi-components/")
UNUSED = ("/component/", "/app/static/")  # Streamlit's, and nothing of ours is behind them


def hashes_of_scripts(page: str) -> tuple[str, ...]:
    """Hash the scripts inside a page, as a policy allows them."""
    return tuple(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        for script in _INLINE.findall(page)
    )


@lru_cache
def security_headers(inline: tuple[str, ...], *, https: bool) -> tuple[Header, ...]:
    """Make the headers of every response."""
    headers = {
        "content-security-policy": _policy(inline),
        "x-frame-options": "DENY",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), display-capture=()",
    }
    if https:
        headers["strict-transport-security"] = f"max-age={YEAR}"
    return tuple((name.encode(), value.encode()) for name, value in headers.items())


def kept_secure(headers: list[Header]) -> list[Header]:
    """Keep cookies that are set over https from ever being sent without; Streamlit leaves that open."""
    return [
        (name, value + b"; Secure" if name.lower() == b"set-cookie" and b"; secure" not in value.lower() else value)
        for name, value in headers
    ]


def _policy(inline: tuple[str, ...]) -> str:
    parts = {
        "default-src": ("'none'",),
        "script-src": ("'self'", "blob:", *inline),  # Streamlit loads a component's own script from a blob
        "style-src": ("'self'", "'unsafe-inline'"),  # it makes its styles while it runs
        "img-src": ("'self'", "data:", "blob:"),
        "font-src": ("'self'", "data:"),
        "connect-src": ("'self'",),  # websockets of this host too
        "media-src": ("'self'",),
        "worker-src": ("'self'", "blob:"),
        "manifest-src": ("'self'",),
        "form-action": ("'self'",),
        "frame-src": ("'none'",),
        "frame-ancestors": ("'none'",),
        "base-uri": ("'self'",),
        "object-src": ("'none'",),
    }
    return "; ".join(" ".join((name, *sources)) for name, sources in parts.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardRules:
    """Who may come in, and whose word counts."""

    hosts: frozenset[str]  # names that requests may be for
    public: frozenset[str] = frozenset()  # those of them that people gave; a proxy may have them in `Origin` alone
    identity: frozenset[str] = frozenset()  # headers that say who asks
    believed: tuple[str, ...] = ()  # addresses and networks whose identity headers count; none outside header mode
    proxies: tuple[str, ...] = ()  # those that may say that people came by https
    inline: tuple[str, ...] = ()  # hashes of the scripts that are in the page itself
    largest: int = LARGEST_REQUEST


def rules_of(settings: Settings, host: str, inline: tuple[str, ...] = ()) -> GuardRules:
    """Make the rules of a workspace that is served on this host."""
    identity = settings.identity
    public = {plain_name(name) for name in settings.serve.hosts if identity.mode != "demo"}
    bound = {plain_name(host)} - WILDCARDS
    return GuardRules(
        hosts=LOOPBACK_NAMES | public | bound,
        public=frozenset(public),
        identity=frozenset({plain_header(identity.user_header), plain_header(identity.groups_header)}),
        believed=identity.proxies if identity.mode == "header" else (),
        proxies=identity.proxies,
        inline=inline,
    )


class _RefusedError(Exception):
    """It is refused, for a reason that may be said."""

    def __init__(self, status: HTTPStatus, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


class Guards:
    """Refuses what is not meant for this app, and adds to each response what keeps browsers careful."""

    def __init__(self, app: ASGIApp, rules: GuardRules) -> None:
        self._app, self._rules = app, rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        send = self._answering(scope, send)
        try:
            _check(scope, self._rules)
        except _RefusedError as refused:
            await _refuse(scope, send, refused)
            return
        scope = {**scope, "headers": self._headers(scope)}
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
        else:
            await self._bounded(scope, receive, send)

    async def _bounded(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, and refuse it once more has come than may."""
        begun, came = False, 0

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            return {"type": "http.disconnect"} if came > self._rules.largest else message

        async def answer(message: Message) -> None:
            nonlocal begun
            if came <= self._rules.largest or begun:
                begun = True
                await send(message)

        try:
            await self._app(scope, counted, answer)
        except Exception:
            if came <= self._rules.largest:
                raise
        if came > self._rules.largest and not begun:
            await _refuse(scope, send, _too_large(self._rules.largest))

    def _headers(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        rules = self._rules
        hidden = frozenset[str]() if comes_from(scope, rules.believed) else rules.identity
        if not comes_from_this_machine(scope):
            hidden |= KEY_HEADERS
        headers = believable(scope, hidden, rules.identity | KEY_HEADERS)
        return as_of_origin(headers) if scope["type"] == "websocket" else headers

    def _answering(self, scope: Scope, send: Send) -> Send:
        by_proxy = values(scope, b"x-forwarded-proto") == ["https"] and comes_from(scope, self._rules.proxies)
        https = by_proxy or scope["scheme"] in ("https", "wss")
        ours = security_headers(self._rules.inline, https=https)
        names = {name for name, _ in ours}

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                theirs = [(name, value) for name, value in message.get("headers", ()) if name.lower() not in names]
                message = {**message, "headers": [*(kept_secure(theirs) if https else theirs), *ours]}
            await send(message)

        return answer


def _check(scope: Scope, rules: GuardRules) -> None:
    """Refuse what is for another name, from another site, for nobody, or too large."""
    hosts = values(scope, b"host")
    host = hosts[0] if len(hosts) == 1 else ""
    path: str = scope["path"]
    if host_name(host) not in rules.hosts and path not in WITHOUT_NAME:
        why = f'Hone doesn\'t answer to the name {host_name(host)!r}. Add it to hone.toml: [serve] hosts = ["…"]'
        raise _RefusedError(HTTPStatus.MISDIRECTED_REQUEST, why)
    if scope["type"] == "websocket" or scope["method"] not in READING:
        for origin in values(scope, b"origin"):
            if not same_site(origin, host, rules.public):
                raise _RefusedError(
                    HTTPStatus.FORBIDDEN, "This request comes from another website, which Hone doesn't allow."
                )
    if path.startswith(UNUSED) or (path.startswith(CORE) and not path.startswith(NEEDED)):
        raise _RefusedError(HTTPStatus.NOT_FOUND, "There is no page at this address.")
    if rules.believed and any(len(values(scope, name.encode())) > 1 for name in rules.identity):
        raise _RefusedError(HTTPStatus.BAD_REQUEST, "Two headers say who you are. The proxy must send only one.")
    for length in values(scope, b"content-length"):
        if not length.isdecimal() or int(length) > rules.largest:
            raise _too_large(rules.largest)


def _too_large(largest: int) -> _RefusedError:
    return _RefusedError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The request is too large: at most {largest:,} bytes are allowed."
    )


async def _refuse(scope: Scope, send: Send, refused: _RefusedError) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})  # before it was accepted: the client gets a plain 403
        return
    body = refused.why.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": int(refused.status), "headers": headers})
    await send({"type": "http.response.body", "body": body})
