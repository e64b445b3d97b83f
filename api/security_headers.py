"""What browsers may do with a page of ours: run our own scripts, load nothing from elsewhere, and never frame it."""

import base64
import hashlib
import re
from functools import lru_cache

Header = tuple[bytes, bytes]

YEAR = 31_536_000  # seconds

_INLINE = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)


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
