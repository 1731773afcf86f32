"""The pages that links in e-mails lead to. Reading one changes nothing, since mail servers follow links; its button
does, by a POST to the same address."""

from html import escape
from typing import Annotated, Any

from fastapi import Query
from starlette.responses import Response

from app.http import private

Token = Annotated[
    str, Query(max_length=2000, description="From the e-mail.", examples=["gAAAAABqXx2kQ8mO3vZ0c1nP5yT7rW9sLb4dHf6j"])
]
PAGE: dict[int | str, dict[str, Any]] = {
    200: {"description": "A small page.", "content": {"text/html": {"schema": {"type": "string"}}}}
}
"""The `responses` of a route that answers with a page."""

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
}
_STYLE = "body{font:1.1em/1.5 sans-serif;max-width:34em;margin:3em auto;padding:0 1em}input,button{font:inherit}"
_FIELD = (
    '<p><label>New password <input name="password" type="password" autocomplete="new-password" minlength="10" '
    'maxlength="200" required></label></p>'
)


def page(site: str, words: str, *, button: str | None = None, password: bool = False) -> Response:
    """A page that says so in the site's name, with a button, and with a field for a new password before it."""
    field = _FIELD if password else ""
    form = f'<form method="post">{field}<p><button>{escape(button)}</button></p></form>' if button else ""
    name = escape(site)
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{name}</title>'
    content = (
        f'<!doctype html><html lang="en"><head>{head}<style>{_STYLE}</style></head>'
        f"<body><main><h1>{name}</h1><p>{escape(words)}</p>{form}</main></body></html>"
    )
    return private(content.encode(), media_type="text/html; charset=utf-8", headers=_HEADERS)
