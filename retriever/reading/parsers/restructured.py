"""reStructuredText: docutils makes HTML of it, with Sphinx's words taken for what they hold."""

from collections.abc import Sequence
from typing import Any, ClassVar, cast

from docutils import nodes
from docutils.core import publish_parts  # pyright: ignore[reportUnknownVariableType] -- stubs leave parts out
from docutils.parsers.rst import Directive, directives, roles
from docutils.parsers.rst.states import Inliner
from docutils.utils import SystemMessage, unescape

from retriever.reading.limits import Refused
from retriever.reading.parsed import FileContent, ParserOutput
from retriever.reading.parsers.web import read_html
from retriever.reading.sniffing import decode

_SETTINGS: dict[str, object] = {
    "file_insertion_enabled": False,  # include and csv-table would read any file of this machine
    "raw_enabled": False,
    "_disable_config": True,
    "report_level": 5,
    "halt_level": 5,
    "input_encoding": "unicode",
    "embed_stylesheet": False,
    "stylesheet_path": "",
    "math_output": "LaTeX",
    "syntax_highlight": "none",
    "initial_header_level": 1,
    "toc_backlinks": False,
    "section_self_link": False,
    "line_length_limit": 100_000,
}
_BLOCKS = (  # noqa: SIM905 -- words read better as words
    "versionadded versionchanged deprecated seealso only tab tabs tab-set tab-item dropdown grid grid-item-card "
    "glossary hlist centered automodule autoclass autofunction function class method attribute data module envvar "
    "option confval"
).split()
_DROPPED = (  # noqa: SIM905 -- words read better as words
    "toctree index currentmodule highlight tabularcolumns include literalinclude raw image-map"
).split()
_ROLES = (  # noqa: SIM905 -- words read better as words
    "ref doc term any func class meth mod attr exc data const obj option envvar file guilabel menuselection kbd "
    "command program download numref dfn abbr samp mailheader mimetype regexp token keyword pep rfc "
    "py:func py:class py:meth py:mod"
).split()


class _KeptContent(Directive):
    """Keeps the content of a directive that docutils does not know."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[Any] = None

    def run(self) -> Sequence[nodes.Node]:
        """Return the directive's argument and content as ordinary paragraphs."""
        holder = nodes.container()
        for argument in self.arguments:
            holder += nodes.paragraph(argument, argument)
        self.state.nested_parse(self.content, self.content_offset, holder)
        return holder.children


class _Dropped(_KeptContent):
    """Keeps nothing: the directive tells a program what to do."""

    def run(self) -> Sequence[nodes.Node]:
        """Return nothing."""
        return []


def _read_role(
    name: str, rawtext: str, text: str, lineno: int, inliner: Inliner, options: Any = None, content: Any = None
) -> tuple[Sequence[nodes.reference], Sequence[nodes.reference]]:
    del name, lineno, inliner, options, content
    label = unescape(text).split(" <")[0].lstrip("~!")
    return cast("Any", [nodes.inline(rawtext, label)]), []


def parse(source: FileContent) -> ParserOutput:
    """Read reStructuredText."""
    _teach()
    try:
        parts = publish_parts(decode(source.data), writer="html5", settings_overrides=_SETTINGS)
    except (SystemMessage, AttributeError, ValueError) as error:
        raise Refused(f"docutils can't read it: {error}") from error
    page = read_html(str(parts.get("html_body", "")))
    return ParserOutput(text=page.text, title=read_html(str(parts.get("title", ""))).text)


def _teach() -> None:
    for name in _BLOCKS:
        directives.register_directive(name, _KeptContent)
    for name in _DROPPED:
        directives.register_directive(name, _Dropped)
    for name in _ROLES:
        roles.register_local_role(name, _read_role)
