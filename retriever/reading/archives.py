"""Opening a zip-based document only after looking at what it would unpack to."""

import io
import re
import stat
import zipfile

from retriever.reading.limits import MIB, ReadLimits, Refused

_NESTED = re.compile(r"\.(zip|7z|gz|tgz|bz2|xz|rar|tar|jar|zst)$", re.IGNORECASE)
_XML = re.compile(r"\.(xml|rels|xhtml|html|htm|opf|ncx|svg|vml)$", re.IGNORECASE)
_ENTITY = re.compile(r"<!ENTITY", re.IGNORECASE)
_LOCKED = "password-protected archive"
_SMALL = 4 * MIB  # an entry below this does no harm, however well it packs
_PROLOGUE = 65_536  # a document type comes before the first element
_COMMENT = re.compile(r"<!--.*?(-->|\Z)", re.DOTALL)
_ROOT = re.compile(r"<[A-Za-z_]")


def open_archive(data: bytes, limits: ReadLimits) -> zipfile.ZipFile:
    """Open an archive, or raise Refused for one that would unpack to harm."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        _refuse_harm(archive.infolist(), limits)
        _refuse_entities(archive)
    except zipfile.BadZipFile as error:
        raise Refused(f"damaged or truncated archive: {error}") from error
    except (zipfile.LargeZipFile, NotImplementedError) as error:
        raise Refused(f"unsupported kind of archive: {error}", "format") from error
    return archive


def _refuse_harm(entries: list[zipfile.ZipInfo], limits: ReadLimits) -> None:
    if len(entries) > limits.archive_entries:
        raise Refused(f"archive of {len(entries):,} files; at most {limits.archive_entries:,} are read", "unsafe")
    total = sum(entry.file_size for entry in entries)
    if total > limits.archive_bytes:
        most = f"{limits.archive_bytes // MIB:,}"
        raise Refused(f"archive unpacks to {total // MIB:,} MiB; at most {most} are read", "unsafe")
    for reason in filter(None, (_harm(entry, limits) for entry in entries)):
        raise Refused(reason, "password" if reason == _LOCKED else "unsafe")


def _harm(entry: zipfile.ZipInfo, limits: ReadLimits) -> str:
    name = entry.filename
    if name.startswith(("/", "\\")) or re.match(r"[a-zA-Z]:", name) or ".." in re.split(r"[/\\]", name):
        return f"archive with a path that leads outside it: {name[:100]!r}"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return f"archive with a symbolic link: {name[:100]!r}"
    if entry.flag_bits & 0x1:
        return _LOCKED
    if _NESTED.search(name):
        return f"archive inside an archive: {name[:100]!r}"
    if entry.file_size > _SMALL and entry.file_size > limits.archive_ratio * max(entry.compress_size, 1):
        return f"archive with a file that unpacks to {entry.file_size // max(entry.compress_size, 1):,} times its size"
    return ""


def _refuse_entities(archive: zipfile.ZipFile) -> None:
    """Office formats never declare entities, so a declaration is an attack on the parser, whichever parser it is."""
    for name in filter(_XML.search, archive.namelist()):
        with archive.open(name) as entry:
            refuse_entities(entry.read(_PROLOGUE), name)


def refuse_entities(data: bytes, name: str) -> None:
    """Raise Refused when XML declares entities of its own; `data` is its beginning."""
    wide = data[:2] in {b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<"}
    text = (data.replace(b"\x00", b"") if wide else data).decode("latin-1")
    if _ENTITY.search(text):
        raise Refused(f"XML that declares entities: {name[:100]!r}", "unsafe")
    if len(data) >= _PROLOGUE and not _ROOT.search(_COMMENT.sub("", text)):
        raise Refused(f"XML that starts too late in the file to be checked: {name[:100]!r}", "unsafe")
