"""What stands between the network and everything that is served: names, origins, sizes, and headers both ways.

Pure ASGI and around it all, so that neither a websocket nor an error page gets past it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.policy import security_headers
from hone.settings import Settings

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
WILDCARDS = frozenset({"0.0.0.0", "::"})  # noqa: S104  # addresses to listen on, but names of nobody
LARGEST_BODY = 1 << 20  # bytes; the longest thing that anybody sends is a conversation
READING = frozenset({"GET", "HEAD", "OPTIONS"})
KEY_HEADERS = frozenset({"x-hone-key", "x-hone-as"})  # by which `hone search` asks the app on its own machine
FORWARDED = frozenset({"forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"})
CORE = "/_stcore/"
NEEDED = ("/_stcore/health", "/_stcore/host-config", "/_stcore/stream", "/_stcore/bidi-components/")
UNUSED = ("/component/", "/app/static/")  # Streamlit's, and nothing of ours is behind them


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Who may come in, and whose word counts."""

    hosts: frozenset[str]  # names that requests may be for
    public: frozenset[str] = frozenset()  # those of them that people gave; a proxy may have them in `Origin` alone
    identity: frozenset[str] = frozenset()  # headers that say who asks
    believed: tuple[str, ...] = ()  # addresses and networks whose identity headers count; none outside header mode
    proxies: tuple[str, ...] = ()  # those that may say that people came by https
    inline: tuple[str, ...] = ()  # hashes of the scripts that stand in the page itself
    largest: int = LARGEST_BODY


def rules_of(settings: Settings, host: str, inline: tuple[str, ...] = ()) -> Rules:
    """Make the rules of a workspace that is served on this host."""
    identity = settings.identity
    public = frozenset() if identity.mode == "demo" else frozenset(map(_plain, settings.serve.hosts))
    bound = frozenset() if host in WILDCARDS else frozenset({_plain(host)})
    return Rules(
        hosts=LOOPBACK | public | bound,
        public=public,
        identity=frozenset({_header(identity.user_header), _header(identity.groups_header)}),
        believed=identity.proxies if identity.mode == "header" else (),
        proxies=identity.proxies,
        inline=inline,
    )


class _TooLargeError(Exception):
    """More came than may come."""


class _RefusedError(Exception):
    """It is refused, for a reason that may be told."""

    def __init__(self, status: HTTPStatus, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


class Guards:
    """Refuses what is not meant for this app, and adds to each response what keeps browsers careful."""

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self._app, self._rules = app, rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        try:
            _check(scope, self._rules)
        except _RefusedError as refused:
            await _refuse(scope, self._answering(scope, send), refused)
            return
        guarded = {**scope, "headers": _believable(scope, self._rules)}
        if scope["type"] == "websocket":
            await self._app(guarded, receive, send)
        else:
            await self._serve(guarded, receive, self._answering(scope, send))

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun, came = False, 0

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > self._rules.largest:
                raise _TooLargeError
            return message

        async def answer(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, counted, answer)
        except _TooLargeError:
            if not begun:
                await _refuse(scope, send, _too_large(self._rules.largest))

    def _answering(self, scope: Scope, send: Send) -> Send:
        secure = scope["scheme"] in ("https", "wss") or _came_by_https(scope, self._rules)
        ours = security_headers(self._rules.inline, https=secure)
        names = {name for name, _ in ours}

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                theirs = [(name, value) for name, value in message.get("headers", ()) if name.lower() not in names]
                message = {**message, "headers": [*(_kept(theirs) if secure else theirs), *ours]}
            await send(message)

        return answer


def _check(scope: Scope, rules: Rules) -> None:
    """Refuse what is for another name, from another site, for nobody, or too large."""
    hosts = _values(scope, b"host")
    host = hosts[0] if len(hosts) == 1 else ""
    if _name(host) not in rules.hosts:
        raise _RefusedError(
            HTTPStatus.MISDIRECTED_REQUEST,
            f'Hone is not known by the name {_name(host) or host!r} here. In hone.toml: [serve] hosts = ["…"]',
        )
    if scope["type"] == "websocket" or scope["method"] not in READING:
        for origin in _values(scope, b"origin"):
            if not _same_site(origin, host, rules.public):
                raise _RefusedError(HTTPStatus.FORBIDDEN, "This comes from another site.")
    path: str = scope["path"]
    if path.startswith(UNUSED) or (path.startswith(CORE) and not path.startswith(NEEDED)):
        raise _RefusedError(HTTPStatus.NOT_FOUND, "There is nothing here.")
    if any(len(_values(scope, name.encode())) > 1 for name in rules.identity) and rules.believed:
        raise _RefusedError(HTTPStatus.BAD_REQUEST, "Two headers say who asks; the proxy has to set the one it means.")
    for length in _values(scope, b"content-length"):
        if not length.isdecimal() or int(length) > rules.largest:
            raise _too_large(rules.largest)


def _too_large(largest: int) -> _RefusedError:
    return _RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A request may have {largest:,} bytes.")


async def _refuse(scope: Scope, send: Send, refused: _RefusedError) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})  # a violation of policy; before accepting, a plain 403
        return
    body = refused.why.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _believable(scope: Scope, rules: Rules) -> list[tuple[bytes, bytes]]:
    """Leave the headers out that say who asks, unless whoever sent them may say so."""
    peer = _peer(scope)
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    names = {_header(name.decode("latin-1")) for name, _ in headers}
    own_machine = _is_loopback(peer) and not names & FORWARDED  # a proxy on this machine speaks for others
    hidden = frozenset[str]() if _is_one_of(peer, rules.believed) else rules.identity
    hidden |= frozenset() if own_machine else KEY_HEADERS
    spelt_otherwise = rules.identity | KEY_HEADERS  # X_Hone_Key is no header of ours, whoever sends it
    return [
        (name, value)
        for name, value in headers
        if (plain := _header(name.decode("latin-1"))) not in hidden
        and (name.decode("latin-1").lower() == plain or plain not in spelt_otherwise)
    ]


def _came_by_https(scope: Scope, rules: Rules) -> bool:
    return _values(scope, b"x-forwarded-proto") == ["https"] and _is_one_of(_peer(scope), rules.proxies)


def _kept(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Keep cookies that were set over https from ever being sent without."""
    return [
        (name, value + b"; Secure" if name.lower() == b"set-cookie" and b"; secure" not in value.lower() else value)
        for name, value in headers
    ]


def _same_site(origin: str, host: str, public: frozenset[str]) -> bool:
    parts = urlsplit(origin)
    return parts.scheme in ("http", "https") and (parts.netloc.lower() == host.lower() or _name(parts.netloc) in public)


def _name(host: str) -> str:
    """Take the name out of `name:port`; anything that is more than that has none."""
    try:
        parts = urlsplit(f"//{host}")
        parts.port  # noqa: B018  # raises for what is no port
    except ValueError:
        return ""
    return _plain(parts.hostname or "") if parts.netloc == host and "@" not in host else ""


def _values(scope: Scope, wanted: bytes) -> list[str]:
    return [value.decode("latin-1") for name, value in scope["headers"] if name.lower() == wanted]


def _peer(scope: Scope) -> str:
    return scope["client"][0] if scope.get("client") else ""


def _is_loopback(peer: str) -> bool:
    return _is_one_of(peer, ("127.0.0.0/8", "::1"))


def _is_one_of(peer: str, known: Iterable[str]) -> bool:
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in ip_network(each, strict=False) for each in known)


def _plain(name: str) -> str:
    return name.strip().lower().strip("[]").rstrip(".")


def _header(name: str) -> str:
    """Give a header's name as any server or proxy on the way may have read it."""
    return name.lower().replace("_", "-")
