"""Checks before anything is served; all problems are reported at once, each with its fix."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from hone.errors import UsageError
from hone.settings import IdentitySettings, Settings

CALLBACK = "/oauth2callback"
SHORTEST_SECRET = 32  # characters
MODES = """choose one in hone.toml, under [identity]:
      mode = "oidc"    people log in with your identity provider
      mode = "header"  a proxy in front of Hone says who is signed in
      mode = "demo"    you pick who you are; on this machine only (or once: hone serve --demo)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that keeps Hone from being served."""

    what: str
    remedy: str

    def __str__(self) -> str:
        return f"  - {self.what}\n    → {self.remedy}"


def listening(settings: Settings) -> socket.socket:
    """Take the port that is to be served on, once all else is right too."""
    problems = list(_problems(settings))
    taken: socket.socket | None = None
    try:
        taken = _bound(settings.serve.host, settings.serve.port)
    except OSError as error:
        what = f"Port {settings.serve.port} on {settings.serve.host} can't be used: {error.strerror or error}."
        problems.append(Problem(what=what, remedy="choose another with --port N (0 takes any free one)"))
    if taken is None or problems:
        if taken is not None:
            taken.close()
        raise UsageError(
            "Hone can't start yet:\n" + "\n".join(map(str, problems)), hint="Then run it again: hone serve"
        )
    return taken


def is_loopback(host: str) -> bool:
    """Check whether only this machine reaches an address."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _problems(settings: Settings) -> Iterator[Problem]:
    if not (settings.home / "library.db").exists():
        yield Problem(
            what=f"There is no workspace at {settings.home.absolute()}.",
            remedy="create one with hone documents add FOLDER --group everyone, or name another with --home",
        )
    yield from CHECKS[settings.identity.mode](settings)


def _unchosen(_: Settings) -> Iterator[Problem]:
    yield Problem(what="You have not chosen how people sign in (identity.mode).", remedy=MODES)


def _demo(settings: Settings) -> Iterator[Problem]:
    if not is_loopback(settings.serve.host):
        yield Problem(
            what=f"In demo mode anyone can be anyone, but other machines can reach {settings.serve.host}.",
            remedy="use --host 127.0.0.1, or choose another identity.mode",
        )
    if not settings.people:
        yield Problem(
            what="In demo mode you pick a person, but hone.toml names none.",
            remedy='add some to hone.toml: [people.ada]  groups = ["everyone"]',
        )


def _header(settings: Settings) -> Iterator[Problem]:
    identity = settings.identity
    if not identity.proxies:
        yield Problem(
            what="You have not named the proxy that says who is signed in (identity.proxies).",
            remedy='give the address that it connects from: proxies = ["127.0.0.1"]',
        )
    if wrong := [each for each in identity.proxies if not _is_network(each)]:
        yield Problem(
            what=f"{', '.join(map(repr, wrong))} in identity.proxies is neither an address nor a network.",
            remedy='write them like this: proxies = ["10.0.0.7", "10.1.0.0/16"]',
        )
    if not identity.user_header or identity.user_header.lower() == identity.groups_header.lower():
        yield Problem(
            what=f"identity.user_header is {identity.user_header!r}, which can't say who is signed in.",
            remedy='name the header that the proxy sets: user_header = "X-Forwarded-Email"',
        )


def _oidc(settings: Settings) -> Iterator[Problem]:
    oidc = settings.identity.oidc
    for name, check, remedy in OIDC:
        if (wrong := check(settings.identity)) is not None:
            yield Problem(what=f"identity.oidc.{name} {wrong}.", remedy=remedy)
    name = urlsplit(oidc.redirect_url).hostname or ""
    if name and not is_loopback(name) and name not in settings.serve.hosts:
        yield Problem(
            what=f"People reach Hone as {name}, which is missing from serve.hosts.",
            remedy=f'add it to hone.toml: [serve]  hosts = ["{name}"]',
        )


def _secret(length: int, value: str) -> str | None:
    if not value:
        return "is missing"
    return None if len(value) >= length else f"has {len(value)} characters; it needs {length}"


def _url(url: str, ending: str) -> str | None:
    parts = urlsplit(url)
    if not parts.hostname:
        return "is missing" if not url else f"is {url!r}, which is no web address"
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        return f"is {url!r}; it must be https"
    return None if parts.path.endswith(ending) else f"is {url!r}; it must end in {ending}"


OIDC: tuple[tuple[str, Callable[[IdentitySettings], str | None], str], ...] = (
    (
        "metadata_url",
        lambda identity: _url(identity.oidc.metadata_url, ""),
        'ask your provider: metadata_url = "https://…/.well-known/openid-configuration"',
    ),
    (
        "client_id",
        lambda identity: None if identity.oidc.client_id else "is missing",
        'register Hone with your provider: client_id = "…"',
    ),
    (
        "client_secret",
        lambda identity: _secret(1, _text(identity.oidc.client_secret)),
        "your provider gives you this; HONE_IDENTITY__OIDC__CLIENT_SECRET keeps it out of the file",
    ),
    (
        "redirect_url",
        lambda identity: _url(identity.oidc.redirect_url, CALLBACK),
        f'as the provider knows it: redirect_url = "https://hone.example.com{CALLBACK}"',
    ),
    (
        "cookie_secret",
        lambda identity: _secret(SHORTEST_SECRET, _text(identity.oidc.cookie_secret)),
        'any long random text: HONE_IDENTITY__OIDC__COOKIE_SECRET="$(openssl rand -hex 32)"',
    ),
)
CHECKS: dict[str, Callable[[Settings], Iterator[Problem]]] = {
    "": _unchosen,
    "demo": _demo,
    "header": _header,
    "oidc": _oidc,
}


def _text(secret: object) -> str:
    reveal = getattr(secret, "get_secret_value", None)
    return reveal() if reveal else ""


def _is_network(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _bound(host: str, port: int) -> socket.socket:
    family, _, _, _, address = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[0]
    taken = socket.socket(family)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(address)
    except OSError:
        taken.close()
        raise
    return taken
