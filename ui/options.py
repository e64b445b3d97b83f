"""How Streamlit is set up and how its pages look: by this program alone, whatever configuration files lie about."""

from collections.abc import Mapping
from typing import Any

from streamlit import config

from hone.settings import Settings

Option = str | bool | int | list[str] | list[int]

_SHARED: Mapping[str, Option] = {
    "theme.base": "light",
    "theme.font": "sans-serif",
    "theme.baseFontSize": 16,
    "theme.baseRadius": "10px",
    "theme.buttonRadius": "8px",
    "theme.headingFontSizes": ["1.75rem", "1.25rem", "1.125rem", "1rem", "0.9375rem", "0.875rem"],
    "theme.headingFontWeights": [600, 600, 600, 600, 600, 600],
    "theme.codeFontSize": "0.875rem",
    "theme.linkUnderline": False,
    "theme.showSidebarBorder": False,
    "theme.paddingTop": "1.5rem",
    "theme.paddingBottom": "3rem",
}
_LIGHT: Mapping[str, Option] = {
    "primaryColor": "#1f6f5c",
    "backgroundColor": "#ffffff",
    "secondaryBackgroundColor": "#f6f6f4",
    "textColor": "#1d1f1e",
    "linkColor": "#1f6f5c",
    "borderColor": "#e4e4df",
    "grayTextColor": "#666b68",
    "orangeColor": "#b7791f",
    "orangeBackgroundColor": "#fbf4e4",
    "orangeTextColor": "#7a4f0c",
    "redTextColor": "#9f2d2d",
    "yellowColor": "#f2c94c",
    "yellowBackgroundColor": "#fdf6dd",
    "yellowTextColor": "#75560a",
    "sidebar.backgroundColor": "#f7f7f5",
    "sidebar.secondaryBackgroundColor": "#ecece8",
    "sidebar.borderColor": "#e4e4df",
}
_DARK: Mapping[str, Option] = {
    "primaryColor": "#2f8f78",
    "backgroundColor": "#161817",
    "secondaryBackgroundColor": "#212423",
    "textColor": "#e9ebe9",
    "linkColor": "#7fd0bb",
    "borderColor": "#313533",
    "grayTextColor": "#9aa19d",
    "orangeColor": "#d9a441",
    "orangeBackgroundColor": "#2d2616",
    "orangeTextColor": "#ecc67c",
    "redTextColor": "#f0a3a3",
    "yellowColor": "#d9b44a",
    "yellowBackgroundColor": "#2d2816",
    "yellowTextColor": "#e6cd86",
    "sidebar.backgroundColor": "#1b1e1c",
    "sidebar.secondaryBackgroundColor": "#282c2a",
    "sidebar.borderColor": "#313533",
}

# Every option by the name that Streamlit's configuration gives it.
THEME: Mapping[str, Option] = {
    **_SHARED,
    **{f"theme.light.{name}": value for name, value in _LIGHT.items()},
    **{f"theme.dark.{name}": value for name, value in _DARK.items()},
}


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
