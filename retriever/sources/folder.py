"""Bringing the library up to date with a folder or a file."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from hone.records import Document
from retriever.cutting.identity import hash_text
from retriever.library.library import Library
from retriever.library.rows import Fingerprint, Rejection, Shelved, moment_of
from retriever.reading.formats import find_format
from retriever.reading.limits import Rejected
from retriever.reading.parsed import Parsed
from retriever.reading.reader import Reader
from retriever.sources.desk import Desk, free_id
from retriever.sources.report import SyncReport, Warned
from retriever.sources.source import Found, Source, is_printable, printable, walk

Known = Mapping[str, tuple[str, Fingerprint]]  # a document's id and fingerprint, by path


@dataclass(slots=True, kw_only=True)
class _Difference:
    """What stands in the folder beside what stands in the library."""

    fresh: list[Found] = field(default_factory=list[Found])  # new, or another size or time than before
    gone: dict[str, tuple[str, Fingerprint]] = field(default_factory=dict[str, tuple[str, Fingerprint]])


def sync_files(source: Source, library: Library, desk: Desk, reader: Reader) -> SyncReport:
    """Read what is new or changed, follow what was renamed, take out what is gone."""
    report = SyncReport(source=source.name)
    known = library.fingerprints(source.name)
    difference = _compare(source, library, known, desk, report)
    hashes = _content_hashes(source, difference, desk, report)
    _settle_touched(difference, known, hashes, desk, report)
    _follow_renames(source, library, difference, known, hashes, desk, report)
    taken = {name for name, _ in known.values()} | library.ids(outside=source.name) if difference.fresh else set[str]()
    _read(source, difference.fresh, known, taken, hashes, desk, reader, report)
    desk.librarian.remove([name for name, _ in difference.gone.values()])
    report.removed = len(difference.gone)
    report.regrouped = desk.librarian.regroup(source.name, source.groups)
    report.forgiven = sorted(set(report.forgiven) - {item.path for item in report.rejected})
    return report


def _compare(source: Source, library: Library, known: Known, desk: Desk, report: SyncReport) -> _Difference:
    refused = {item.path: (item.size, item.mtime_ns) for item in library.rejections(source.name)}
    difference = _Difference(gone=dict(known))
    for found in walk(source):
        before = difference.gone.pop(found.path, None)
        if find_format(found.file) is None:
            report.unsupported[printable(found.file.suffix.lower() or found.file.name)] += 1
        elif refused.get(printable(found.path)) == (found.size, found.mtime_ns):
            del refused[printable(found.path)]
            report.known_rejected += 1
        elif not is_printable(found.path):
            _reject(source, found, "its name has characters that can't be shown; rename it", desk, report)
        elif before and (before[1].size, before[1].mtime_ns) == (found.size, found.mtime_ns):
            report.unchanged += 1
        else:
            difference.fresh.append(found)
    report.forgiven = list(refused)
    return difference


def _settle_touched(
    difference: _Difference, known: Known, hashes: Mapping[str, str], desk: Desk, report: SyncReport
) -> None:
    """A file that was only touched, or copied over with the same content, is not read again."""
    touched = [
        found
        for found in difference.fresh
        if found.path in known and known[found.path][1].content_hash == hashes[found.path]
    ]
    desk.librarian.touch({known[found.path][0]: _fingerprint(found, hashes) for found in touched})
    settled = {found.path for found in touched}
    difference.fresh = [found for found in difference.fresh if found.path not in settled]
    report.unchanged += len(settled)


def _follow_renames(
    source: Source,
    library: Library,
    difference: _Difference,
    known: Known,
    hashes: Mapping[str, str],
    desk: Desk,
    report: SyncReport,
) -> None:
    """A new path with the content of one that is gone is the same document, log and all."""
    gone_by_hash = {fingerprint.content_hash: path for path, (_, fingerprint) in difference.gone.items()}
    still_fresh: list[Found] = []
    for found in difference.fresh:
        old = gone_by_hash.pop(hashes[found.path], None) if found.path not in known else None
        if old is None or find_format(Path(old)) != find_format(found.file):
            still_fresh.append(found)
            continue
        name, _ = difference.gone.pop(old)
        moved = replace(library.document(name), path=found.path, url=_url(source, found.path))
        desk.librarian.move(moved, _fingerprint(found, hashes))
        report.renamed += 1
    difference.fresh = still_fresh


def _read(
    source: Source,
    fresh: Sequence[Found],
    known: Known,
    taken: set[str],
    hashes: Mapping[str, str],
    desk: Desk,
    reader: Reader,
    report: SyncReport,
) -> None:
    by_file = {found.file: found for found in fresh}
    desk.progress.stage(f"reading {source.name}", len(fresh))
    for file, outcome in reader.read(by_file):
        found = by_file[file]
        if isinstance(outcome, Rejected):
            _reject(source, found, outcome.reason, desk, report)
            continue
        is_known = found.path in known
        name = known[found.path][0] if is_known else free_id(f"{source.name}/{found.path}", taken)
        desk.take(_shelved(source, found, outcome, name, hashes, desk))
        report.changed += is_known
        report.added += not is_known
        report.warnings += [Warned(path=found.path, warning=warning) for warning in outcome.warnings]
    desk.clear()


def _reject(source: Source, found: Found, reason: str, desk: Desk, report: SyncReport) -> None:
    rejection = Rejection(
        source=source.name, path=printable(found.path), reason=reason, size=found.size, mtime_ns=found.mtime_ns
    )
    desk.librarian.reject(rejection)
    report.rejected.append(rejection)
    desk.progress.advance(1)


def _shelved(source: Source, found: Found, parsed: Parsed, name: str, hashes: Mapping[str, str], desk: Desk) -> Shelved:
    kind = find_format(found.file)
    document = Document(
        id=name,
        source=source.name,
        path=found.path,
        title=parsed.title,
        kind=kind.name if kind else "",
        url=_url(source, found.path),
        groups=source.groups,
        modified=_modified(found, parsed),
        text_hash=hash_text(parsed.text),
    )
    return Shelved(
        document=document,
        text=parsed.text,
        syntax=parsed.syntax,
        warnings=parsed.warnings,
        fingerprint=_fingerprint(found, hashes),
        passages=desk.cut(parsed, name),
    )


def _content_hashes(source: Source, difference: _Difference, desk: Desk, report: SyncReport) -> Mapping[str, str]:
    """Hash what may have changed; what can't be opened, or has vanished since it was found, is refused."""
    hashes: dict[str, str] = {}
    for found in difference.fresh:
        try:
            with found.file.open("rb") as stream:
                hashes[found.path] = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            unlike = replace(found, size=-1)  # tried again each time: what mends it may leave size and time alone
            _reject(source, unlike, f"cannot be opened: {error.strerror}", desk, report)
    difference.fresh = [found for found in difference.fresh if found.path in hashes]
    return hashes


def _fingerprint(found: Found, hashes: Mapping[str, str]) -> Fingerprint:
    return Fingerprint(size=found.size, mtime_ns=found.mtime_ns, content_hash=hashes[found.path])


def _modified(found: Found, parsed: Parsed) -> datetime:
    """Take the earlier of what the file system and the file itself say: copies and checkouts only move a time on."""
    written = moment_of(found.mtime_ns / 1e9)
    if not parsed.date:
        return written
    said = datetime.fromisoformat(parsed.date)
    return min(written, said if said.tzinfo else said.replace(tzinfo=UTC))


def _url(source: Source, path: str) -> str:
    return f"{source.url.rstrip('/')}/{path}" if source.url else ""
