"""From bytes to text: which encoding a file is in."""

import codecs

_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 4096


def find_encoding(data: bytes) -> str:
    """Name the encoding that a text file seems to be in."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    return _without_mark(data[:_SAMPLE]) or ("utf-8" if _is_utf8(data) else "cp1252")


def decode(data: bytes) -> str:
    """Turn a text file's bytes into text, never failing."""
    return data.decode(find_encoding(data), errors="replace")


def _without_mark(sample: bytes) -> str:
    """Detect UTF-16 without a mark by its zeros: nearly all in one half of the byte pairs, none in the other."""
    half = len(sample) // 2
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if half >= 4 and odd > 0.4 * half and even == 0:
        return "utf-16-le"
    return "utf-16-be" if half >= 4 and even > 0.4 * half and odd == 0 else ""


def _is_utf8(data: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(data)  # not final: a sample may end inside a character
    except UnicodeDecodeError:
        return False
    return True
