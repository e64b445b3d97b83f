"""The formats that can be read: one record each."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from retriever.reading.parsed import Syntax

TEXT = frozenset({"text", "html", "xml"})  # HTML in a Markdown file is Markdown


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A kind of file: how it is recognised and what reads it."""

    name: str  # a document's kind: md, pdf, py
    suffixes: tuple[str, ...]
    parser: str  # module:function, imported only in a reading worker
    syntax: Syntax = "markdown"
    language: str = ""
    seems: frozenset[str] = TEXT  # what its bytes may look like, in the words of sniffing.py


def _marked(name: str, *suffixes: str, module: str, seems: str = "") -> Format:
    parser = f"retriever.reading.parsers.{module}:parse"
    return Format(name=name, suffixes=suffixes, parser=parser, seems=frozenset({seems}) if seems else TEXT)


def _coded(name: str, *suffixes: str, language: str, function: str = "parse") -> Format:
    parser = f"retriever.reading.parsers.plain:{function}"
    return Format(name=name, suffixes=suffixes, parser=parser, syntax="code", language=language)


FORMATS: tuple[Format, ...] = (
    _marked("md", ".md", ".markdown", module="markdown"),
    _marked("mdx", ".mdx", module="markdown"),
    Format(name="txt", suffixes=(".txt", ".text"), parser="retriever.reading.parsers.plain:parse", syntax="plain"),
    _marked("rst", ".rst", module="restructured"),
    _marked("adoc", ".adoc", ".asciidoc", module="asciidoc"),
    _marked("html", ".html", ".htm", ".xhtml", module="web"),
    _marked("pdf", ".pdf", module="pdf", seems="pdf"),
    _marked("docx", ".docx", ".docm", module="word", seems="docx"),
    _marked("pptx", ".pptx", ".pptm", module="slides", seems="pptx"),
    _marked("xlsx", ".xlsx", ".xlsm", module="sheets", seems="xlsx"),
    _marked("csv", ".csv", module="delimited"),
    _marked("tsv", ".tsv", ".tab", module="delimited"),
    _marked("eml", ".eml", module="mail"),
    _marked("epub", ".epub", module="book", seems="epub"),
    _marked("odt", ".odt", module="opendocument", seems="odt"),
    _marked("odp", ".odp", module="opendocument", seems="odp"),
    _marked("vtt", ".vtt", module="captions"),
    _coded("json", ".json", language="json", function="parse_json"),
    _coded("yaml", ".yaml", ".yml", language="yaml"),
    _coded("toml", ".toml", language="toml"),
    _coded("py", ".py", ".pyi", language="python"),
    _coded("js", ".js", ".mjs", ".cjs", ".jsx", language="javascript"),
    _coded("ts", ".ts", ".mts", ".cts", language="typescript"),
    _coded("tsx", ".tsx", language="tsx"),
    _coded("java", ".java", language="java"),
    _coded("go", ".go", language="go"),
    _coded("rs", ".rs", language="rust"),
    _coded("c", ".c", ".h", language="c"),
    _coded("cpp", ".cpp", ".cc", ".cxx", ".hpp", ".hh", ".hxx", language="cpp"),
    _coded("cs", ".cs", language="csharp"),
    _coded("rb", ".rb", language="ruby"),
    _coded("php", ".php", language="php"),
    _coded("sh", ".sh", ".bash", language="bash"),
    _coded("sql", ".sql", language="sql"),
)


def formats_of(name: str, formats: Sequence[Format] = FORMATS) -> tuple[Format, ...]:
    """List the formats that a file's suffixes name, the last suffix first: report.md.erb is Markdown if it is text.

    A suffix in the middle never names a language: bundle.js.map is no JavaScript.
    """
    suffixes = [suffix.lower() for suffix in reversed(PurePath(name).suffixes)]
    return tuple(
        known
        for place, suffix in enumerate(suffixes)
        for known in formats
        if suffix in known.suffixes and (place == 0 or known.syntax != "code")
    )
