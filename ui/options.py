"""How Streamlit is set up: by this program alone, whatever configuration files lie about."""

from collections.abc import Mapping
from typing import Any

from streamlit import config

from hone.settings import Settings
from ui.theme import THEME

QUIET: Mapping[str, Any] = {
    "browser.gatherUsageStats": False,  # nothing is sent to anybody
    "client.allowedOrigins": [],  # no page around ours may control it
    "client.disableDataExport": True,
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "client.showSidebarNavigation": True,
    "client.toolbarMode": "minimal",
    "global.developmentMode": False,
    "logger.enableRich": False,
    "logger.hideWelcomeMessage": True,
    "logger.level": "error",
    "runner.magicEnabled": False,
    "secrets.files": [],
    "server.baseUrlPath": "",
    "server.disconnectedSessionTTL": 120,  # seconds in which a lost connection finds its page again
    "server.enableAgentApi": False,
    "server.enableCORS": True,  # which means: other sites may not
    "server.enableStaticServing": False,
    "server.enableXsrfProtection": True,
    "server.fileWatcherType": "none",
    "server.headless": True,
    "server.maxMessageSize": 16,  # megabytes to a page
    "server.maxUploadSize": 1,
    "server.maxWidgetStateSize": 1,
    "server.runOnSave": False,
    "server.scriptHealthCheckEnabled": False,
    "server.showEmailPrompt": False,
    "server.sslCertFile": None,
    "server.sslKeyFile": None,
    "server.trustedUserHeaders": "{}",
    "server.xsrfCookieSameSite": "strict",
}


def set_options(settings: Settings) -> None:
    """Set every option that matters here, over what files and the environment say."""
    ours = {**QUIET, **THEME, "server.address": settings.serve.host, "server.port": settings.serve.port}
    config.get_config_options(force_reparse=True, options_from_flags=ours)
