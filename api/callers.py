"""Where a request says it comes from and whom it is for, and how much of that is believed."""

from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from starlette.types import Scope

FORWARDED = frozenset({"forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"})
LOOPBACK = ("127.0.0.0/8", "::1")


def values(scope: Scope, wanted: bytes) -> list[str]:
    """Read every value of a header."""
    return [value.decode("latin-1") for name, value in scope["headers"] if name.lower() == wanted]


def host_name(host: str) -> str:
    """Take the name out of `name:port`; what is more than that has none."""
    try:
        parts = urlsplit(f"//{host}")
        parts.port  # noqa: B018  # raises for what is no port
    except ValueError:
        return ""
    return plain_name(parts.hostname or "") if parts.netloc == host and "@" not in host else ""


def plain_name(name: str) -> str:
    """Spell a host's name the one way that it is compared."""
    return name.strip().lower().strip("[]").rstrip(".")


def plain_header(name: str) -> str:
    """Spell a header's name as any server or proxy on the way may have read it."""
    return name.lower().replace("_", "-")


def same_site(origin: str, host: str, public: frozenset[str]) -> bool:
    """Check whether a page of ours sent this; a proxy may give us another host than the one people see."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and (
        parts.netloc.lower() == host.lower() or host_name(parts.netloc) in public
    )


def comes_from(scope: Scope, known: Iterable[str]) -> bool:
    """Check whether the other end of a connection has one of these addresses, or is in one of these networks."""
    try:
        address = ip_address(scope["client"][0] if scope.get("client") else "")
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in ip_network(each, strict=False) for each in known)


def comes_from_this_machine(scope: Scope) -> bool:
    """Check whether somebody on this machine asks, and not a proxy here for somebody elsewhere."""
    names = {plain_header(name.decode("latin-1")) for name, _ in scope["headers"]}
    return comes_from(scope, LOOPBACK) and not names & FORWARDED


def believable(scope: Scope, hidden: frozenset[str], ours: frozenset[str]) -> list[tuple[bytes, bytes]]:
    """Leave headers out: those that are hidden, and those of ours that only look like it (`X_Hone_Key`)."""
    return [
        (name, value)
        for name, value in scope["headers"]
        if (plain := plain_header(spelt := name.decode("latin-1").lower())) not in hidden
        and (spelt == plain or plain not in ours)
    ]


def as_of_origin(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Put in the host as people see it, from an origin that was found to be ours.

    Streamlit compares the two, and where they differ it asks a server elsewhere for this machine's address.
    """
    origin = next((value for name, value in headers if name == b"origin"), b"")
    seen = urlsplit(origin.decode("latin-1")).netloc.encode("latin-1")
    return [(name, seen if name == b"host" and seen else value) for name, value in headers]
