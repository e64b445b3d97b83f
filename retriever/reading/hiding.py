"""Which parts of a page no reader sees: they are not the page's text."""

import re

from bs4 import BeautifulSoup, Tag

UNREAD = (  # noqa: SIM905 -- words read better as words
    "script style noscript template head nav footer iframe object embed svg canvas audio video select button textarea "
    "map"
).split()
UNREAD_ROLES = frozenset({"navigation", "contentinfo"})
_INVISIBLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(hidden|collapse)|font-size\s*:\s*0*(\.0+)?(px|pt|em|rem|%)?\s*(;|!|$)"
    r"|opacity\s*:\s*0*(\.0+)?\s*(;|!|$)|mso-hide\s*:\s*all",
    re.IGNORECASE,
)
_WHITE = r"(white|#fff\b|#ffffff\b|rgb\(\s*255\s*,\s*255\s*,\s*255\s*\))"
_WHITE_TEXT = re.compile(rf"(^|[;\s])color\s*:\s*{_WHITE}", re.IGNORECASE)
_BACKGROUND = re.compile(
    rf"background(-color|-image)?\s*:\s*(?!{_WHITE}|transparent|none|inherit|initial)", re.IGNORECASE
)


def drop_unread(soup: BeautifulSoup) -> int:
    """Remove what is not text and what is hidden, and count the hidden words."""
    for tag in soup.find_all(UNREAD):
        tag.extract()
    for tag in soup.find_all(role=True):
        if str(tag["role"]).lower() in UNREAD_ROLES:
            tag.extract()
    hidden = [tag for tag in soup.find_all(_may_hide) if _is_hidden(tag)]
    words = sum(len(tag.get_text(" ").split()) for tag in hidden if not any(above in hidden for above in tag.parents))
    for tag in hidden:
        tag.extract()
    return words


def _may_hide(tag: Tag) -> bool:
    return tag.has_attr("hidden") or tag.has_attr("style") or (tag.name == "font" and tag.has_attr("color"))


def _is_hidden(tag: Tag) -> bool:
    if tag.has_attr("hidden") and str(tag["hidden"]).lower() != "until-found":
        return True
    style = str(tag.get("style") or "")
    return bool(_INVISIBLE.search(style)) or (_is_white(tag, style) and not _is_on_colour(tag))


def _is_white(tag: Tag, style: str) -> bool:
    return bool(_WHITE_TEXT.search(style)) or str(tag.get("color") or "").lower() in {"white", "#fff", "#ffffff"}


def _is_on_colour(tag: Tag) -> bool:
    """White text is an ordinary choice on a dark bar: it is hidden only where nothing around it has a colour."""
    return any(_has_colour(above) for above in (tag, *tag.parents))


def _has_colour(tag: Tag) -> bool:
    return bool(_BACKGROUND.search(str(tag.get("style") or ""))) or bool(tag.get("bgcolor") or tag.get("background"))
