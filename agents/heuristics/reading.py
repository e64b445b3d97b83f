"""Markdown as one reads it aloud: words without marks, one line a list item."""

import html
import re

_IMAGE = re.compile(r"!\[[^\[\]]*\](?:\([^()\s]*(?:\([^()]*\)[^()]*)*\)|\[[^\[\]]*\])")
_LINK = re.compile(
    r"\[((?:[^\[\]]|\[[^\[\]]*\])*[^\[\]\d\s][^\[\]]*)\](?:\([^()]*(?:\([^()]*\)[^()]*)*\)|\[(?!\d+\])[^\[\]]*\])"
)
_DEFINITION = re.compile(r"(?m)^[ >]{0,8}\[[^\[\]\n]*[^\[\]\n\d][^\[\]\n]*\]:[^\n]*\n?")
_TAG = re.compile(r"</?[A-Za-z][^<>\n]*>|<!--.*?-->", re.DOTALL)
_SHORTCODE = re.compile(r"\{[%{].*?[%}]\}|\{:[^{}\n]*\}|\{#[\w-]+\}")
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)?[^<>\s]+[@/.][^<>\s]+)>")
_STRONG = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", re.DOTALL)
_ALMOST_STRONG = re.compile(
    r"\*\*(?=\S)([^*\n]+?)\*\*|\*\*([^*\n]+?)(?<=\S)\*\*"
)  # a blank on the wrong side of one mark
_EMPHASIS = re.compile(
    r"(?<![\w*])\*(?=[^\s*])([^*\n]+?)(?<=[^\s*])\*(?![\w*])|(?<![\w_])_(?=[^\s_])([^_\n]+?)(?<=[^\s_])_(?![\w_])"
)
_ALERT = re.compile(r"\[!(?:NOTE|TIP|IMPORTANT|WARNING|CAUTION)\][ \t]*\n?")
_BREAK = re.compile(r"(?m)\\[ \t]*$")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+.!|<>~-])")
_HEADING = re.compile(r"(?m)^\s{0,3}#{1,6}\s+")
_QUOTED = re.compile(r"(?m)^[ \t]*>[ \t]?")
_FENCE = re.compile(r"(?m)^[ \t]*(?:```|~~~)[^\n]*\n?")
_ITEM = re.compile(r"(?P<indent>[ \t]*)(?P<mark>[-*+•–]|\d{1,3}[.)]|[a-z]\))\s+(?:\[[ xX]\]\s+)?(?P<rest>.*)")


_RULE = re.compile(r"(?m)^[ \t]*\|(?:[ \t]*:?-+:?[ \t]*\|)+[ \t]*\n?")
_ROW = re.compile(r"^[ \t]*\|(.+)\|[ \t]*$")


def read_plainly(markdown: str) -> str:
    """Write a stretch of Markdown as one reads it; list items keep their lines, all other lines are joined."""
    text = _FENCE.sub("", _DEFINITION.sub("", markdown))
    text = _AUTOLINK.sub(r"\1", _SHORTCODE.sub("", _IMAGE.sub("", text)))
    text = _TAG.sub("", _LINK.sub(r"\1", _LINK.sub(r"\1", text)))
    text = html.unescape(_BREAK.sub("", _ALERT.sub("", _QUOTED.sub("", _HEADING.sub("", text)))))
    return "\n".join(_without_emphasis(line) for line in _in_lines(text))


def beginning(markdown: str, most: int) -> str:
    """Write how a text begins, on one line and as one reads it; a table's cells with dots between them."""
    lines = (_ROW.sub(_with_dots, line) for line in _RULE.sub("", markdown).splitlines())
    words = " ".join(read_plainly("\n".join(lines)).split())
    return words if len(words) <= most else f"{words[: most - 1].rsplit(' ', 1)[0]}…"


def _with_dots(row: re.Match[str]) -> str:
    return " · ".join(filter(None, map(str.strip, row[1].split("|"))))


def _without_emphasis(line: str) -> str:
    plain = _STRONG.sub(r"\2", _STRONG.sub(r"\2", line))
    plain = _ALMOST_STRONG.sub(lambda found: found[1] or found[2], plain)
    return _ESCAPED.sub(r"\1", _EMPHASIS.sub(lambda found: found[1] or found[2], plain))


def _in_lines(text: str) -> list[str]:
    lines: list[str] = []
    fresh = True
    for line in text.splitlines():
        item = _ITEM.match(line)
        words = " ".join((item["rest"] if item else line).split())
        if not words:
            fresh = fresh or bool(lines)
        elif item:
            mark = item["mark"] if item["mark"][0].isalnum() else "-"
            lines.append(f"{mark.replace(')', '.')} {words}")
            fresh = False
        elif fresh or not lines:
            lines.append(words)
            fresh = False
        else:
            lines[-1] = f"{lines[-1]} {words}"
    return lines
