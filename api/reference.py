"""`/docs`: what there is to ask, as a page that needs no script and nothing from elsewhere."""

from html import escape
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

router = APIRouter(include_in_schema=False)

POLICY = {"Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'"}
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title>
</head>
<body>
<h1>{title} {version}</h1>
{description}
<p>Parameters, bodies, replies and errors are in <a href="/openapi.json">openapi.json</a>, which any OpenAPI viewer
or client generator reads.</p>
<table>
<thead><tr><th scope="col">Request</th><th scope="col">What it does</th><th scope="col">Token</th></tr></thead>
<tbody>{rows}</tbody>
</table>
</body>
</html>
"""


@router.get("/docs")
async def docs(request: Request) -> HTMLResponse:
    """Show what there is to ask."""
    spec: dict[str, Any] = request.app.openapi()
    info = spec["info"]
    rows = "".join(
        f"<tr><td><code>{method.upper()} {escape(path)}</code></td><td>{escape(operation['summary'])}</td>"
        f"<td>{'yes' if operation.get('security') else 'no'}</td></tr>\n"
        for path, methods in spec["paths"].items()
        for method, operation in methods.items()
    )
    text = "".join(f"<p>{escape(part)}</p>" for part in info["description"].split("\n\n"))
    page = PAGE.format(title=escape(info["title"]), version=escape(info["version"]), description=text, rows=rows)
    return HTMLResponse(page, headers=POLICY)
