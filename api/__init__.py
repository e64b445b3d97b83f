"""The door for programs: Hone's own HTTP API, the OpenAI protocol and MCP, as routes that any ASGI server may mount."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from api.app import Api
    from service.service import Service


def open_api(service: Service, key: str = "") -> Api:
    """Make the API of a service; `key` is what programs of this machine's operator show, none if it is empty.

    Whoever serves mounts `.routes` and holds `.lifespan()` open while it does.
    """
    from api.app import make_api

    return make_api(service, key)
