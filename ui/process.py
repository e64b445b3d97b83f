"""The one service of this process: pages are scripts that run again with every click, and find it here."""

from hone.errors import HoneError
from service.service import Service

_service: Service | None = None


def use(service: Service | None) -> None:
    """Serve with this service from now on."""
    global _service  # noqa: PLW0603  # Streamlit gives scripts no other way to what outlives them
    _service = service


def service() -> Service:
    """Return the service of this process."""
    if _service is None:
        raise HoneError("Hone isn't running here.", hint="Start it with: hone serve")
    return _service
