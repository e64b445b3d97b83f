"""`/docs`: the API's OpenAPI document as a page that needs no script and nothing from elsewhere."""

import json
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

router = APIRouter(include_in_schema=False)

STYLE = Path(__file__).with_suffix(".css")
POLICY = {"Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'"}
Spec = Mapping[str, Any]


@router.get("/docs")
async def docs(request: Request) -> HTMLResponse:
    """Show what there is to ask, and how."""
    return HTMLResponse(page(request.app.openapi()), headers=POLICY)


@router.get("/docs/style.css")
async def style() -> Response:
    """Give the page's style."""
    return Response(STYLE.read_text(encoding="utf-8"), media_type="text/css")


def page(spec: Spec) -> str:
    """Write an OpenAPI document as HTML."""
    info = spec["info"]
    operations = [
        (path, method, operation) for path, methods in spec["paths"].items() for method, operation in methods.items()
    ]
    toc = "".join(
        f'<li><a href="#{_id(path, method)}"><b>{method.upper()}</b> {escape(path)}</a></li>'
        for path, method, _ in operations
    )
    body = "".join(_operation(path, method, operation, spec) for path, method, operation in operations)
    forms = "".join(_form(name, schema) for name, schema in spec["components"]["schemas"].items())
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(info["title"])}</title><link rel="stylesheet" href="/docs/style.css"></head><body>'
        f"<header><h1>{escape(info['title'])} <small>{escape(info['version'])}</small></h1>"
        f'{_paragraphs(info["description"])}<p><a href="/openapi.json">openapi.json</a></p></header>'
        f'<nav aria-label="Endpoints"><ul>{toc}</ul></nav><main>{body}<h2 id="forms">Forms</h2>{forms}</main>'
        "</body></html>"
    )


def _operation(path: str, method: str, operation: Spec, spec: Spec) -> str:
    parts = [
        f'<section id="{_id(path, method)}"><h2><b>{method.upper()}</b> <code>{escape(path)}</code></h2>',
        f"<h3>{escape(operation.get('summary', ''))}</h3>{_paragraphs(operation.get('description', ''))}",
        "" if operation.get("security") else "<p><em>Needs no token.</em></p>",
        _parameters(operation.get("parameters", ())),
        _body(operation.get("requestBody"), spec),
        _replies(operation["responses"]),
        "</section>",
    ]
    return "".join(parts)


def _parameters(parameters: Any) -> str:
    rows = [
        (
            f"<code>{escape(item['name'])}</code>{' *' if item.get('required') else ''}",
            escape(item["in"]),
            _type(item["schema"]),
            escape(item.get("description", "")),
        )
        for item in parameters
    ]
    return _table(("parameter", "in", "type", ""), rows)


def _body(body: Spec | None, spec: Spec) -> str:
    if body is None:
        return ""
    schema = body["content"]["application/json"]["schema"]
    named = spec["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], schema)
    example = named.get("example")
    told = f"<pre>{escape(json.dumps(example, indent=2, ensure_ascii=False))}</pre>" if example else ""
    return f"<p>Body: {_type(schema)}</p>{told}"


def _replies(replies: Spec) -> str:
    rows = [
        (f"<b>{status}</b>", " or ".join(_kinds(reply.get("content", {}))), escape(reply.get("description", "")))
        for status, reply in replies.items()
    ]
    return _table(("status", "form", ""), rows)


def _kinds(content: Spec) -> Iterator[str]:
    for kind, told in content.items():
        yield _type(told["schema"]) if told.get("schema") else f"<code>{escape(kind)}</code>"


def _form(name: str, schema: Spec) -> str:
    needed = schema.get("required", ())
    rows = [
        (
            f"<code>{escape(field)}</code>{' *' if field in needed else ''}",
            _type(told),
            escape(told.get("description", "")),
        )
        for field, told in schema.get("properties", {}).items()
    ]
    fields = _table(("field", "type", ""), rows)
    return f'<section id="{escape(name)}"><h3><code>{escape(name)}</code></h3>{fields}</section>'


def _type(schema: Spec) -> str:
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}"><code>{name}</code></a>'
    if options := schema.get("anyOf", schema.get("oneOf")):
        return " or ".join(_type(option) for option in options)
    if "enum" in schema or "const" in schema:
        return " | ".join(f"<code>{escape(str(value))}</code>" for value in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    limits = [
        f"{word} {schema[key]}"
        for key, word in (("minimum", "from"), ("maximum", "to"), ("maxLength", "at most"))
        if key in schema
    ]
    return escape(" ".join([str(schema.get("format", schema.get("type", "anything"))), *limits]))


def _table(names: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _paragraphs(text: str) -> str:
    """Write plain text, with what stands in backticks as code."""
    return "".join(
        "<p>"
        + "".join(f"<code>{part}</code>" if at % 2 else part for at, part in enumerate(escape(line).split("`")))
        + "</p>"
        for line in text.split("\n\n")
        if line.strip()
    )


def _id(path: str, method: str) -> str:
    return escape(f"{method}{path}".replace("/", "-").replace("{", "").replace("}", "").replace(":", "-"))
