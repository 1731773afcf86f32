"""Markdown with front matter, as Hugo, Jekyll, Eleventy, Zola and exports of Ghost write it."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, BinaryIO

import yaml

from app.extract.credits import read_credit
from app.extract.draft import ExtractError
from app.extract.readers.addresses import web_address
from app.extract.readers.decoding import whole
from app.extract.readers.fields import NO_TEXT, day, moment, public_name, several, slug_of, unique, unreadable
from app.extract.readers.html import to_line
from app.extract.readers.item import Item, Unreadable

_LARGEST = 5_000_000
_LONGEST_MATTER = 65_536
_FRONT = re.compile(
    r"(?P<fence>---|\+\+\+)[^\S\n]*\n(?P<matter>.*?)^(?P=fence)[^\S\n]*(?:\n|\Z)", re.DOTALL | re.MULTILINE
)
_HEADING = re.compile(r"#[^\S\n]+(?P<title>[^\n]+?)[^\S\n]*#*[^\S\n]*(?:\n|\Z)")
_LAST_LINE = re.compile(r"\n[^\S\n]*\n(?P<line>[^\n]+)\s*\Z")
_NOT_PUBLIC = ("draft", "private", "scheduled", "pending", "archived")


def read_markdown(stream: BinaryIO) -> Iterator[Item | Unreadable]:
    """Yield the one article of the file; `Item.key` is the file's SHA-256, and the body stays the Markdown it is.

    Front matter is YAML between lines `---` or TOML between lines `+++`; without a `title` in it, a heading
    of the first level at the top is the title. A credit line at the end leaves the body.
    Raises `ExtractError`: `too_large`, `bad_encoding`.
    """
    text, content = whole(stream, _LARGEST)
    text = text.replace("\r\n", "\n").replace("\r", "\n").lstrip()
    key = f"sha256:{hashlib.sha256(content).hexdigest()}"
    try:
        front = _FRONT.match(text)
        fields = _fields(front["fence"], front["matter"]) if front else {}
    except ExtractError as error:
        yield Unreadable(key, error.detail)
        return
    yield _item(key, fields, text[front.end() :] if front else text)


def _fields(fence: str, matter: str) -> dict[str, Any]:
    """The front matter by lower-case names; of texts, lists and tables only. Raises `ExtractError`."""
    if len(matter) > _LONGEST_MATTER:
        raise ExtractError("bad_front_matter", f"Its front matter has more than {_LONGEST_MATTER:,} characters.")
    try:
        read = tomllib.loads(matter) if fence == "+++" else yaml.load(matter, Loader=_Texts)  # noqa: S506 (a BaseLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        place = getattr(error, "problem_mark", None)
        where = f" in line {place.line + 2}" if place else ""
        raise ExtractError("bad_front_matter", f"Its front matter cannot be read{where}.") from None
    if not isinstance(read, dict):
        raise ExtractError("bad_front_matter", "Its front matter has no names with values.")
    fields = {str(name).lower(): value for name, value in read.items()}
    taxonomies = fields.get("taxonomies")
    return {**taxonomies, **fields} if isinstance(taxonomies, dict) else fields


class _Texts(yaml.BaseLoader):  # type: ignore[misc]
    """YAML as texts, lists and mappings, so `no` stays a language and no tag makes an object.

    Aliases are refused: a few lines of them can stand for millions of values.
    """

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are refused")
        return super().compose_node(parent, index)


def _item(key: str, fields: dict[str, Any], body: str) -> Item | Unreadable:
    title, body = to_line(_text(fields, "title")), body.strip()
    if not title and (heading := _HEADING.match(body)):
        title, body = heading["title"], body[heading.end() :].strip()
    if reason := unreadable(title, body):
        return Unreadable(key, reason)
    last = _LAST_LINE.search(body)
    credit = last["line"].strip() if last and read_credit(last["line"]) else None
    body = body[: last.start()] if last and credit else body
    if not body:
        return Unreadable(key, NO_TEXT)
    return Item(
        key=key,
        title=title,
        markdown=body,
        status="draft" if _is_draft(fields) else "published",
        published_at=_moment(fields, "date", "published_at", "publishdate", "pubdate"),
        updated_at=_moment(fields, "lastmod", "updated", "updated_at", "last_modified_at", "modified"),
        slug=slug_of(_text(fields, "slug", "permalink", "url")),
        former_slugs=unique(slug_of(path) for path in _texts(fields, "aliases", "redirect_from")),
        summary=to_line(_text(fields, "description", "summary", "excerpt", "custom_excerpt")) or None,
        language=_text(fields, "language", "lang", "locale") or None,
        authors=unique(map(public_name, _texts(fields, "author", "authors"))),
        tags=unique(map(to_line, _texts(fields, "tags", "tag", "categories", "category", "keywords"))),
        canonical_url=web_address(_text(fields, "canonical_url", "canonicalurl", "canonical")),
        credit=_text(fields, "credit") or credit,
        comments_open={"true": True, "false": False}.get(_text(fields, "comments").lower()),
    )


def _is_draft(fields: dict[str, Any]) -> bool:
    said = _text(fields, "draft").lower() in ("true", "yes") or _text(fields, "published").lower() in ("false", "no")
    return said or _text(fields, "status", "visibility").lower() in _NOT_PUBLIC


def _text(fields: dict[str, Any], *names: str) -> str:
    """The value of the first of these names that has one; of a list its first."""
    return next(_texts(fields, *names), "")


def _texts(fields: dict[str, Any], *names: str) -> Iterator[str]:
    """All values of these names; of a table its `name`, as authors are described."""
    for value in (value for name in names for value in several(fields.get(name))):
        found = value.get("name", "") if isinstance(value, dict) else value
        if isinstance(found, str | bool | int | float | date):
            text = found.isoformat() if isinstance(found, date) else str(found)
            yield from filter(None, [text.strip() if not isinstance(found, bool) else text.lower()])


def _moment(fields: dict[str, Any], *names: str) -> datetime | None:
    return next(filter(None, (moment(text) or day(text) for text in _texts(fields, *names))), None)
