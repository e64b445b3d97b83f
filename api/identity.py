"""Who is calling: by the token of a person, or by the key of whoever operates this machine."""

import hashlib
import hmac
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Annotated

from fastapi import Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import HTTPConnection

from api.callers import comes_from_this_machine
from hone.errors import TooManyError, UnknownAskerError
from hone.records import Asker
from hone.settings import asker_of
from service.service import Service

KEY, AS = "X-Hone-Key", "X-Hone-As"
REMEMBERED = 1000  # tokens that wait; one that is forgotten is refused as before, only later on its way
ADMITTING = ("/api/", "/v1/", "/mcp")  # paths behind which everybody is admitted first


class Waits:
    """Until when each token has to wait that asked faster than it may; it holds hashes of them.

    Until then it is refused before anything is looked up: whoever sends hundreds of requests a second would otherwise
    take the processor from others by being refused alone.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: OrderedDict[bytes, tuple[float, TooManyError]] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, token: str, error: TooManyError) -> None:
        """Note that a token was refused, and for how long."""
        with self._lock:
            self._until[_hash(token)] = (self._clock() + error.retry_after, error)
            if len(self._until) > REMEMBERED:
                self._until.popitem(last=False)

    def of(self, token: str) -> TooManyError | None:
        """Return the refusal of a token that has to wait."""
        if not self._until:
            return None
        key = _hash(token)
        with self._lock:
            until, error = self._until.get(key, (0.0, None))
            left = until - self._clock()
            if error is None or left > 0:
                return error and TooManyError(
                    error.message, hint=f"Try again in {math.ceil(left)} s.", retry_after=left
                )
            del self._until[key]
        return None


class Identity:
    """Finds who calls, with every request again: a revoked token or a lost group counts from the next one on."""

    def __init__(self, service: Service, key: str = "") -> None:
        self._service, self._key, self._waits = service, key, Waits()

    def admit(self, caller: HTTPConnection) -> Asker:
        """Find who calls and take one request from what they may ask; reads databases, so not for an event loop."""
        if KEY in caller.headers:
            return self._operated(caller)
        token = _bearer(caller)
        asker = self._service.people.asker(self._service.tokens.person(token))
        try:
            self._service.rate.take(asker.name)
        except TooManyError as error:
            self._waits.add(token, error)
            raise
        return asker

    def too_early(self, caller: HTTPConnection) -> TooManyError | None:
        """Refuse a caller that was told to wait and does not; reads nothing, so it is for an event loop too."""
        if KEY in caller.headers or not caller.url.path.startswith(ADMITTING):
            return None
        try:
            return self._waits.of(_bearer(caller))
        except UnknownAskerError:
            return None

    def _operated(self, caller: HTTPConnection) -> Asker:
        """Believe the operator's own programs whom they ask for; they are held to no rate."""
        shown = caller.headers[KEY].encode()
        if not (self._key and hmac.compare_digest(shown, self._key.encode()) and comes_from_this_machine(caller.scope)):
            raise UnknownAskerError(
                "This key doesn't belong to this server.", hint="Use a token instead: hone tokens create PERSON"
            )
        return asker_of(self._service.people.settings(), caller.headers.get(AS))


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _bearer(caller: HTTPConnection) -> str:
    scheme, _, token = caller.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise UnknownAskerError(
            "You are not signed in.",
            hint="Send the header Authorization: Bearer TOKEN. Your admin makes one: hone tokens create PERSON",
        )
    return token.strip()


_scheme = HTTPBearer(
    auto_error=False,  # `admit` says no, in our words
    scheme_name="token",
    description="A person's token, made by `hone tokens create PERSON`. It can access what that person can access now.",
)


def asker(request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Security(_scheme)]) -> Asker:
    """Admit a request; FastAPI calls it in a thread."""
    identity: Identity = request.app.state.identity
    return identity.admit(request)


def service(request: Request) -> Service:
    """Find the service behind this app."""
    return request.app.state.service
