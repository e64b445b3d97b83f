"""What a file's bytes look like, whatever its name says: the kind of file, and the encoding of a text."""

import codecs
import io
import re
import zipfile

_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FIRST = 4096


def find_encoding(data: bytes) -> str:
    """Name the encoding that a text file seems to be in."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    return _without_mark(data[:_FIRST]) or ("utf-8" if _is_utf8(data) else "cp1252")


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


SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old or password-protected Office file"),
    (b"\x89PNG\r\n\x1a\n", "PNG image"),
    (b"\xff\xd8\xff", "JPEG image"),
    (b"GIF8", "GIF image"),
    (b"\x1f\x8b", "gzip archive"),
    (b"BZh", "bzip2 archive"),
    (b"7z\xbc\xaf\x27\x1c", "7z archive"),
    (b"Rar!\x1a\x07", "rar archive"),
    (b"\x28\xb5\x2f\xfd", "zstd archive"),
    (b"\xfd7zXZ\x00", "xz archive"),
    (b"\x7fELF", "program"),
    (b"MZ\x90", "program"),
    (b"SQLite format 3\x00", "SQLite database"),
    (b"{\\rtf", "RTF document"),
)
INSIDE_ZIP = (("word/", "docx"), ("ppt/", "pptx"), ("xl/", "xlsx"))
MIMETYPES = {
    b"application/epub+zip": "epub",
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.presentation": "odp",
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
}
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_HTML = re.compile(rb"\s*(<!--.*?-->\s*)*<(!doctype html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_STRAY = 4  # control characters that an old editor leaves even in a short text
_SAMPLE = 65_536
_PDF_PREAMBLE = 1024  # readers accept this much in front of the header


def seems(data: bytes) -> str:
    """Say what the bytes look like: pdf, docx, html, text, or a thing that is not read."""
    for signature, name in SIGNATURES:
        if data.startswith(signature):
            return _look_into(data) if name == "zip" else name
    if b"%PDF-" in data[:_PDF_PREAMBLE]:
        return "pdf"
    if not _is_text(data[:_SAMPLE]):
        return "binary file"
    if _HTML.match(data[:4096]):
        return "html"
    return "xml" if data.lstrip()[:5] == b"<?xml" else "text"


def _is_text(sample: bytes) -> bool:
    if find_encoding(sample) not in {"utf-8", "cp1252"}:
        return True
    return b"\x00" not in sample and len(_CONTROL.findall(sample)) <= _STRAY + len(sample) // 200


def _look_into(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                return MIMETYPES.get(archive.read("mimetype").strip(), "zip archive")
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, OSError, RuntimeError, ValueError):
        return "damaged zip archive"
    if "[Content_Types].xml" not in names:
        return "zip archive"
    return next((kind for folder, kind in INSIDE_ZIP if any(name.startswith(folder) for name in names)), "zip archive")
