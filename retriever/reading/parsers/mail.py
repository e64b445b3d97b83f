"""E-mail: who wrote to whom, what, and what was attached."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

from retriever.reading.limits import Refused
from retriever.reading.parsed import FileContent, ParserOutput
from retriever.reading.parsers.web import read_html

_SHOWN = ("From", "To", "Cc", "Date")
_TEASER = 3  # a plain part this many times shorter than the HTML only says that there is HTML


def parse(source: FileContent) -> ParserOutput:
    """Read an e-mail; its attachments are named, not read."""
    message = message_from_bytes(source.data, policy=policy.default)
    if not any(message[name] for name in ("From", "To", "Subject", "Date", "Message-ID")):
        raise Refused("not an e-mail: it has no headers", "format")
    body = _body(message)
    subject = _header(message, "Subject")
    fields = [f"**{name}:** {value}" for name in _SHOWN if (value := _header(message, name))]
    attached = [name for part in message.iter_attachments() if (name := part.get_filename())]
    parts = [f"# {subject}" if subject else "", "  \n".join(fields), body.text]
    parts.append(f"**Attachments:** {', '.join(attached)}" if attached else "")
    text = "\n\n".join(part for part in parts if part)
    return ParserOutput(text=text, title=subject, date=_date(message), warnings=body.warnings)


def _body(message: EmailMessage) -> ParserOutput:
    plain, web = _part(message, "plain"), _part(message, "html")
    if not web:
        return ParserOutput(text=plain)
    page = read_html(web)
    return page if _TEASER * len(plain) < len(page.text) else ParserOutput(text=plain)


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    if part is None:
        return ""
    try:
        content = part.get_content()
    except (LookupError, ValueError):  # an encoding that does not exist
        payload = part.get_payload(decode=True)
        content = payload.decode("latin-1") if isinstance(payload, bytes) else ""
    return str(content).strip()


def _header(message: EmailMessage, name: str) -> str:
    return " ".join(str(message[name] or "").split())


def _date(message: EmailMessage) -> str:
    try:
        return parsedate_to_datetime(_header(message, "Date")).isoformat()
    except ValueError:
        return ""
