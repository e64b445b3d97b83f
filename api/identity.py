"""Who is calling: by the token of a person, or by the key of whoever operates this machine."""

import hmac
from typing import Annotated

from fastapi import Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import HTTPConnection

from api.callers import comes_from_this_machine
from hone.records import Asker
from hone.settings import asker_of
from service.refusals import UnknownAskerError
from service.service import Service

KEY, AS = "X-Hone-Key", "X-Hone-As"


class Identity:
    """Tells who calls, anew with every request: a revoked token or a lost group counts from the next one on."""

    def __init__(self, service: Service, key: str = "") -> None:
        self._service, self._key = service, key

    def admit(self, caller: HTTPConnection) -> Asker:
        """Tell who calls and take one request from what they may ask; reads databases, so not for an event loop."""
        if KEY in caller.headers:
            return self._operated(caller)
        asker = self._service.people.asker(self._service.tokens.person(_bearer(caller)))
        self._service.rate.take(asker.name)
        return asker

    def _operated(self, caller: HTTPConnection) -> Asker:
        """Believe the operator's own programs whom they ask for; they are held to no rate."""
        shown = caller.headers[KEY].encode()
        if not (self._key and hmac.compare_digest(shown, self._key.encode()) and comes_from_this_machine(caller.scope)):
            raise UnknownAskerError("This key is not the one of this server.", hint="Use a token: hone tokens create")
        return asker_of(self._service.people.settings(), caller.headers.get(AS))


def _bearer(caller: HTTPConnection) -> str:
    scheme, _, token = caller.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise UnknownAskerError(
            "It is not known who asks.", hint="Send the header: Authorization: Bearer hone_… (hone tokens create)"
        )
    return token.strip()


_scheme = HTTPBearer(
    auto_error=False,  # `admit` says no, in our words
    scheme_name="token",
    description="A person's token, made by `hone tokens create PERSON`. It reads what that person may read now.",
)


def asker(request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Security(_scheme)]) -> Asker:
    """Admit a request; FastAPI calls it in a thread."""
    identity: Identity = request.app.state.identity
    return identity.admit(request)


def service(request: Request) -> Service:
    """Give the service that this app is a door to."""
    return request.app.state.service
