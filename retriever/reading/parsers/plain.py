"""Text that is kept as it is: notes, source code and data files."""

import json

from retriever.reading.metadata import readable_name
from retriever.reading.parsed import FileContent, ParserOutput
from retriever.reading.sniffing import decode

_LONG_LINE = 2_000  # characters; JSON written by programs is on one line and can't be cut


def parse(source: FileContent) -> ParserOutput:
    """Read a text or code file; code is called by its file's name."""
    return ParserOutput(text=decode(source.data), title=source.name if source.language else readable_name(source.name))


def parse_json(source: FileContent) -> ParserOutput:
    """Read a JSON file; one without lines is given some."""
    text = decode(source.data)
    if max(map(len, text.splitlines()), default=0) > _LONG_LINE:
        try:
            text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
        except (ValueError, RecursionError):
            return ParserOutput(text=text, title=source.name, warnings=("not valid JSON: read as plain text",))
    return ParserOutput(text=text, title=source.name)
