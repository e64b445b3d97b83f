"""Files that mean harm, or came to it: each written by a function named after it."""

import io
import json
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from openpyxl import Workbook
from pypdf import PdfReader, PdfWriter

CONTENT_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>'
    "</Types>"
)
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type='
    '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>'
    "</Relationships>"
)
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hostile:
    name: str
    make: Callable[[], bytes]
    reason: str  # a part of what the report must say


def archive(*entries: tuple[str | zipfile.ZipInfo, bytes | str]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in entries:
            opened.writestr(name, data)
    return target.getvalue()


def word(
    body: str = "<w:p><w:r><w:t>Good words</w:t></w:r></w:p>", *more: tuple[str | zipfile.ZipInfo, bytes | str]
) -> bytes:
    namespace = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    document = (
        body if body.startswith("<?xml") else f'<w:document xmlns:w="{namespace}"><w:body>{body}</w:body></w:document>'
    )
    parts = (("[Content_Types].xml", CONTENT_TYPES), ("_rels/.rels", RELATIONS), ("word/document.xml", document))
    return archive(*parts, *more)


def opendocument(content: str) -> bytes:
    return archive(("mimetype", "application/vnd.oasis.opendocument.text"), ("content.xml", content))


def workbook(rows: list[list[object]]) -> bytes:
    book, target = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)  # pyright: ignore -- a new workbook has a sheet
    book.save(target)
    return target.getvalue()


def pdf(*objects: bytes) -> bytes:
    body, places = b"%PDF-1.7\n", list[int]()
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    return (
        body
        + head
        + table
        + b"trailer <</Size %d /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, len(body))
    )


def stream(data: bytes, filters: bytes) -> bytes:
    return b"<</Length %d /Filter %s>>\nstream\n%s\nendstream" % (len(data), filters, data)


def text_pdf(words: str = "Good words") -> bytes:
    drawn = stream(zlib.compress(b"BT /F1 12 Tf 72 700 Td (%s) Tj ET" % words.encode()), b"/FlateDecode")
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>"
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    return pdf(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page, drawn, font)


def flate_bomb() -> bytes:
    packed = zlib.compress(zlib.compress(zlib.compress(b"(x) Tj " * 15_000_000, 9), 9), 9)
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R>>"
    content = stream(packed, b"[/FlateDecode /FlateDecode /FlateDecode]")
    return pdf(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page, content)


def page_loop() -> bytes:
    return pdf(
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 9>>", b"<</Type/Pages/Kids[2 0 R]/Count 9>>"
    )


def reference_loop() -> bytes:
    return pdf(b"<</Type/Catalog/Pages 2 0 R>>", b"3 0 R", b"2 0 R")


def endless_pages() -> bytes:
    kids = b" ".join([b"3 0 R"] * 200)
    inner = [b"<</Type/Pages/Count 200/Kids[%s]>>" % kids.replace(b"3 0", b"%d 0" % (n + 1)) for n in range(3, 12)]
    return pdf(
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", *inner, b"<</Type/Page/Parent 2 0 R>>"
    )


def locked_pdf() -> bytes:
    writer, target = PdfWriter(clone_from=PdfReader(io.BytesIO(text_pdf()))), io.BytesIO()
    writer.encrypt("secret", algorithm="AES-256")
    writer.write(target)
    return target.getvalue()


def huge_dimension() -> bytes:
    """A sheet that says that it has seventeen billion cells, and has one far down."""
    rows = '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>Lost cell</t></is></c></row>'
    sheet = f"<sheetData>{rows}</sheetData>"
    plain = workbook([["x"]])
    with zipfile.ZipFile(io.BytesIO(plain)) as opened:
        entries = [(name, opened.read(name)) for name in opened.namelist()]
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    new = f'<worksheet xmlns="{namespace}"><dimension ref="A1:XFD1048576"/>{sheet}</worksheet>'.encode()
    return archive(*((name, new if name == "xl/worksheets/sheet1.xml" else data) for name, data in entries))


def linked_entry() -> bytes:
    link = zipfile.ZipInfo("word/link.xml")
    link.external_attr = 0o120777 << 16
    return word(more_text(), (link, "/etc/passwd"))


def more_text() -> str:
    return "<w:p><w:r><w:t>Words</w:t></w:r></w:p>"


def odt_laughs() -> str:
    return (
        LAUGHS
        + '<o:document-content xmlns:o="urn:oasis:names:tc:opendocument:xmlns:office:1.0">&j;</o:document-content>'
    )


def late_laughs() -> str:
    return LAUGHS.replace("<!DOCTYPE", f"<!--{' ' * 70_000}--><!DOCTYPE") + "<x>&j;</x>"


FILES = (
    Hostile(
        name="ratio.docx", make=lambda: word(more_text(), ("word/a.xml", b" " * 60_000_000)), reason="times its size"
    ),
    Hostile(
        name="total.docx",
        make=lambda: word(more_text(), *((f"word/{n}.bin", b" " * 30_000_000) for n in range(20))),
        reason="unpacks to",
    ),
    Hostile(
        name="entries.docx",
        make=lambda: word(more_text(), *((f"word/{n}", b"") for n in range(10_001))),
        reason="10,004",
    ),
    Hostile(name="nested.docx", make=lambda: word(more_text(), ("word/a.zip", archive())), reason="word/a.zip"),
    Hostile(name="slip.docx", make=lambda: word(more_text(), ("../../evil.sh", "x")), reason="leads outside"),
    Hostile(name="slip-windows.docx", make=lambda: word(more_text(), ("..\\evil.sh", "x")), reason="leads outside"),
    Hostile(name="absolute.docx", make=lambda: word(more_text(), ("/etc/evil", "x")), reason="leads outside"),
    Hostile(name="link.docx", make=linked_entry, reason="symbolic link"),
    Hostile(name="laughs.docx", make=lambda: word(LAUGHS + "<x>&j;</x>"), reason="declares entities"),
    Hostile(name="late-laughs.docx", make=lambda: word(late_laughs()), reason="too late"),
    Hostile(name="laughs.odt", make=lambda: opendocument(odt_laughs()), reason="declares entities"),
    Hostile(
        name="utf16-laughs.odt",
        make=lambda: archive(
            ("mimetype", "application/vnd.oasis.opendocument.text"), ("content.xml", odt_laughs().encode("utf-16"))
        ),
        reason="declares entities",
    ),
    Hostile(name="truncated.docx", make=lambda: word()[:-200], reason="damaged"),
    Hostile(name="truncated.xlsx", make=lambda: workbook([["a", "b"]])[:-200], reason="damaged"),
    Hostile(name="truncated.pdf", make=lambda: text_pdf()[:200], reason="damaged"),
    Hostile(name="headless.docx", make=lambda: archive(("[Content_Types].xml", ""), ("word/x", "")), reason="missing"),
    Hostile(name="flate-bomb.pdf", make=flate_bomb, reason=""),
    Hostile(name="page-loop.pdf", make=page_loop, reason=""),
    Hostile(name="reference-loop.pdf", make=reference_loop, reason=""),
    Hostile(name="endless-pages.pdf", make=endless_pages, reason=""),
    Hostile(name="locked.pdf", make=locked_pdf, reason="password"),
    Hostile(name="pdf-inside.docx", make=text_pdf, reason="seems to be pdf"),
    Hostile(name="zip-inside.pdf", make=lambda: archive(("a.txt", "x")), reason="seems to be zip archive"),
    Hostile(name="docx-inside.xlsx", make=word, reason="seems to be docx"),
    Hostile(name="old-word.docx", make=lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 999, reason="Office file"),
    Hostile(name="program.txt", make=lambda: b"\x7fELF\x02\x01" + bytes(500), reason="seems to be program"),
    Hostile(name="zeros.md", make=lambda: b"# Title\n\x00\x00\x00 text", reason="seems to be binary"),
    Hostile(name="empty.md", make=lambda: b" \n", reason="empty"),
    Hostile(name="long-line.txt", make=lambda: b"x" * (64 * 1024 * 1024 + 1), reason="larger than 64 MiB"),
    Hostile(name="long-text.txt", make=lambda: b"word " * 2_100_000, reason="characters of text"),
    Hostile(name="wide.csv", make=lambda: b"," * 1_000_000 + b"x", reason="columns"),
    Hostile(name="padded.csv", make=lambda: b"," * 16_000 + b"x\n" + b"x\n" * 10_000, reason="characters of text"),
    Hostile(name="rights.epub", make=lambda: archive(("mimetype", "application/epub+zip")), reason="missing"),
)
READABLE = (
    Hostile(name="huge-dimension.xlsx", make=huge_dimension, reason="Lost cell"),
    Hostile(
        name="svg-laughs.html",
        make=lambda: f"{LAUGHS}<html><p>Good words</p><svg>&j;</svg></html>".encode(),
        reason="Good",
    ),
    Hostile(name="deep.html", make=lambda: b"<html>" + b"<div>" * 50_000 + b"deep", reason=""),
    Hostile(name="deep.json", make=lambda: b"[" * 200_000 + b"]" * 200_000, reason=""),
    Hostile(name="deep-list.md", make=lambda: b"> " * 50_000 + b"deep", reason="deep"),
    Hostile(
        name="deep-list.rst", make=lambda: "\n\n".join(f"{'  ' * n}* item" for n in range(300)).encode(), reason=""
    ),
    Hostile(name="aliases.md", make=lambda: yaml_laughs(), reason="Body"),
)


def yaml_laughs() -> bytes:
    lines = [
        "a: &a [x, x]",
        *(f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]" for n in range(9)),
    ]
    return ("---\n" + "\n".join(lines) + "\ntitle: *j\n---\nBody\n").encode()


def write(folder: Path) -> None:
    for file in (*FILES, *READABLE):
        (folder / file.name).write_bytes(file.make())


def report(folder: Path) -> str:
    """Read all files of a folder, and say as JSON what came of each and how much memory the largest worker had."""
    import resource
    import time

    from retriever.reading.limits import ReadLimits, Rejected
    from retriever.reading.reader import Reader

    found: dict[str, list[object]] = {}
    with Reader(1, ReadLimits()) as reader:
        for path in sorted(folder.iterdir()):
            start = time.monotonic()
            result = reader.read_one(path)
            spent = time.monotonic() - start
            after = reader.read_one(folder / "good.md")
            said = result.reason if isinstance(result, Rejected) else "read: " + result.text[-300:]
            found[path.name] = [said, round(spent, 2), not isinstance(after, Rejected)]
    return json.dumps({"files": found, "peak_kib": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss})
