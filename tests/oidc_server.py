"""A real OpenID Connect provider on loopback that knows some people, for one client."""

import base64
import hashlib
import html
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "hone", "the-client-secret"
Claims = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grant:
    """What a code was given for."""

    claims: Claims
    nonce: str
    challenge: str
    redirect: str


@dataclass
class OidcServer:
    """Shows everybody whom it knows to choose from, as a provider whose people are logged in there would."""

    people: dict[str, Claims]
    tokens: list[Claims] = field(default_factory=list[Claims])  # the claims that were given out
    age: float = 0.0  # seconds by which logins are older than they are

    def __post_init__(self) -> None:
        self._key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
        self._grants: dict[str, _Grant] = {}
        self._server = _Server(("127.0.0.1", 0), self)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        """End the provider."""
        self._server.shutdown()
        self._server.server_close()

    def document(self, path: str) -> Claims | None:
        """Give what stands under a fixed address."""
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
            }
        return {"keys": [self._key.as_dict(private=False)]} if path == "/jwks" else None

    def choices(self, query: dict[str, str]) -> str:
        """Show the people to choose from, each a link back to the client."""
        assert query["client_id"] == CLIENT
        assert query["response_type"] == "code"
        links = [f'<a href="{html.escape(self._granted(name, query))}">{html.escape(name)}</a>' for name in self.people]
        return f"<!doctype html><title>Who are you?</title>{' '.join(links)}"

    def _granted(self, name: str, query: dict[str, str]) -> str:
        code = secrets.token_urlsafe(16)
        self._grants[code] = _Grant(
            claims=self.people[name],
            nonce=query.get("nonce", ""),
            challenge=query["code_challenge"],
            redirect=query["redirect_uri"],
        )
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def exchange(self, authorization: str, form: dict[str, str]) -> Claims | None:
        """Give tokens for a code, once, to the client that asked for it."""
        basic = base64.b64encode(f"{quote(CLIENT)}:{quote(SECRET)}".encode()).decode()
        by_form = (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)
        grant = self._grants.pop(form.get("code", ""), None)
        if grant is None or not (authorization == f"Basic {basic}" or by_form):
            return None
        hashed = hashlib.sha256(form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(hashed).rstrip(b"=").decode() != grant.challenge:
            return None
        now = int(time.time() - self.age)
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 86_400, "nonce": grant.nonce, **grant.claims}
        self.tokens.append(claims)
        token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self._key)
        return {
            "access_token": secrets.token_urlsafe(16),
            "token_type": "Bearer",
            "expires_in": 3600,
            "id_token": token,
        }


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], provider: OidcServer) -> None:
        self.provider = provider
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride]  # it is never another one

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/authorize":
            self._send(200, "text/html", self.server.provider.choices(dict(parse_qsl(parts.query))))
            return
        document = self.server.provider.document(parts.path)
        self._send(200 if document else 404, "application/json", json.dumps(document))

    def do_POST(self) -> None:
        form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        given = self.server.provider.exchange(self.headers.get("Authorization", ""), form)
        self._send(200 if given else 400, "application/json", json.dumps(given or {"error": "invalid_grant"}))

    def _send(self, status: int, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class names it so
        """Say nothing."""
