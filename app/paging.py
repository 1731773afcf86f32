"""Keyset pages: a cursor names the last row that was seen, so a page costs the same at any depth."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Integer, Select, Uuid, bindparam, func, null, select, tuple_
from sqlalchemy.orm import Session
from starlette.requests import Request

from app.errors import InvalidCursor

T = TypeVar("T")

_Keyed = tuple[T, Any, UUID | None]
"""A row with its key: the value it is sorted by, and its id where that value may tie."""

_SIGNATURE_BYTES = 12
_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Sort:
    """An order without ties: by `column`, then by `id`, both in one direction. `id` is None if no column ties."""

    column: ColumnElement[Any]
    id: ColumnElement[UUID] | None
    descending: bool
    parse: Callable[[str], Any] = str
    """Reads the column's value back from its text in a cursor."""


@dataclass(frozen=True, slots=True)
class Position:
    """Between which rows a page begins: after (or, going back, before) the row with this key."""

    backward: bool
    value: str
    id: UUID


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """The rows of one page in order, and the paths of its neighbours. `ids` are those by which rows are sorted."""

    rows: Sequence[T]
    next: str | None
    prev: str | None
    total: int | None
    ids: Sequence[UUID | None] = ()

    def links(self) -> dict[str, str]:
        """The RFC 8288 `Link` header, if there are neighbours."""
        found = [f'<{path}>; rel="{rel}"' for rel, path in (("next", self.next), ("prev", self.prev)) if path]
        return {"Link": ", ".join(found)} if found else {}

    def to_json(self, items: Sequence[bytes]) -> bytes:
        """The page in its envelope; `items` are the rows as JSON, in the same order."""
        ends: dict[str, Any] = {"next": self.next, "prev": self.prev}
        if self.total is not None:
            ends["total"] = self.total
        return b'{"items":[' + b",".join(items) + b"]," + json.dumps(ends, separators=(",", ":")).encode()[1:]


class Cursors:
    """Writes and reads cursors that nobody else can make, each for one list with its filters and its sort."""

    def __init__(self, secret: bytes) -> None:
        self._key = hashlib.sha256(b"cursor:" + secret).digest()

    def write(self, binding: str, position: Position) -> str:
        payload = json.dumps([int(position.backward), position.value, position.id.hex]).encode()
        return base64.urlsafe_b64encode(self._sign(binding, payload) + payload).rstrip(b"=").decode()

    def read(self, binding: str, cursor: str) -> Position:
        """Raises `InvalidCursor`."""
        wrong = InvalidCursor("Follow `next` or `prev` as given, or start again without `cursor`.")
        try:
            raw = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (ValueError, binascii.Error):
            raise wrong from None
        signature, payload = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._sign(binding, payload)):
            raise wrong
        backward, value, identifier = json.loads(payload)
        return Position(bool(backward), value, UUID(identifier))

    def _sign(self, binding: str, payload: bytes) -> bytes:
        message = len(binding).to_bytes(4) + binding.encode() + payload
        return hmac.new(self._key, message, hashlib.sha256).digest()[:_SIGNATURE_BYTES]


def fetch(
    session: Session | Connection,
    query: Select[*tuple[Any, ...]],
    sort: Sort,
    *,
    request: Request,
    cursors: Cursors,
    limit: int,
    count: bool,
    counted: Select[*tuple[Any, ...]] | None = None,
    values: Mapping[str, Any] | None = None,
) -> Listing[Any]:
    """One page of `query` in one statement, and with `count` in a second one how many rows it has in all.

    `counted` has the same rows as `query` and is cheaper to count. With the `values` of its parameters, `query` is one
    that lives as long as the process, and so do the statements that are made of it. Raises `InvalidCursor`.
    """
    place = _place if values is None else _place_once

    def load(position: Position | None, most: int) -> list[_Keyed[Any]]:
        given = {**(values or {}), "most": most}
        if position is not None:
            given |= {"seen": sort.parse(position.value), "seen_id": position.id}
        rows = session.execute(place(query, sort, position.backward if position else None), given).all()
        return [(row[0] if len(row) == 3 else row[:-2], row[-2], row[-1]) for row in rows]

    page = _page(request, cursors, f"{sort.column} {sort.descending}", limit, load)
    if count:
        page = replace(page, total=session.scalar(counting(query if counted is None else counted), values))
    return page


def rest(cursors: Cursors, path: str, sort: Sort, last: str) -> str:
    """The address of that page of the list at `path`, without filters, which begins after the row with this key. The
    sort is one without an `id`."""
    binding = _binding(path, {}, f"{sort.column} {sort.descending}")
    return f"{path}?{urlencode({'cursor': cursors.write(binding, Position(False, last, _NOBODY))})}"


def fetch_ranked(ranked: Sequence[tuple[int, T]], *, request: Request, cursors: Cursors, limit: int) -> Listing[T]:
    """One page of rows at hand, the highest rank first. No two have the same rank. Raises `InvalidCursor`."""

    def load(position: Position | None, most: int) -> list[_Keyed[T]]:
        seen = int(position.value) if position else None
        if position and position.backward:
            found = sorted((row for row in ranked if seen is None or row[0] > seen), key=_rank)
        else:
            found = sorted((row for row in ranked if seen is None or row[0] < seen), key=_rank, reverse=True)
        return [(row, rank, None) for rank, row in found[:most]]

    return _page(request, cursors, "rank", limit, load)


def _page(
    request: Request,
    cursors: Cursors,
    order: str,
    limit: int,
    load: Callable[[Position | None, int], list[_Keyed[T]]],
) -> Listing[T]:
    """The page that the request's cursor asks for. `load` gives so many rows from there on, in the direction of
    the cursor, each with its key."""
    parameters = dict(request.query_params)
    cursor = parameters.pop("cursor", None)
    binding = _binding(request.url.path, parameters, order)
    position = cursors.read(binding, cursor) if cursor is not None else None
    found = load(position, limit + 1)
    more = len(found) > limit
    found = found[:limit]
    backward = position is not None and position.backward
    if backward:
        found.reverse()

    def neighbour(keyed: _Keyed[T], *, back: bool) -> str:
        _, value, identifier = keyed
        text = value.isoformat() if isinstance(value, datetime) else str(value)
        written = cursors.write(binding, Position(back, text, identifier or _NOBODY))
        return f"{request.url.path}?{urlencode({**parameters, 'cursor': written})}"

    has_next = more if not backward else bool(found)
    has_prev = more if backward else position is not None
    return Listing(
        rows=[row for row, _, _ in found],
        next=neighbour(found[-1], back=False) if found and has_next else None,
        prev=neighbour(found[0], back=True) if found and has_prev else None,
        total=None,
        ids=[identifier for _, _, identifier in found],
    )


def _rank(ranked: tuple[int, Any]) -> int:
    return ranked[0]


def cut(
    rows: Sequence[T], *, version: object, request: Request, cursors: Cursors, limit: int, count: bool
) -> Listing[T]:
    """One page of a list that is at hand as a whole. Its cursors count rows, so they hold for one `version` only.

    Raises `InvalidCursor`.
    """
    parameters = dict(request.query_params)
    cursor = parameters.pop("cursor", None)
    binding = json.dumps([request.url.path, str(version)])
    position = cursors.read(binding, cursor) if cursor is not None else Position(False, "0", _NOBODY)
    first = int(position.value)
    last = first + limit
    if position.backward:
        first, last = max(0, first - limit), first

    def page(place: int, *, back: bool) -> str:
        written = cursors.write(binding, Position(back, str(place), _NOBODY))
        return f"{request.url.path}?{urlencode({**parameters, 'cursor': written})}"

    return Listing(
        rows=rows[first:last],
        next=page(last, back=False) if last < len(rows) else None,
        prev=page(first, back=True) if first > 0 else None,
        total=len(rows) if count else None,
    )


def _binding(path: str, parameters: Mapping[str, str], order: str) -> str:
    """What a cursor belongs to: the list, its filters and its order, but not the size of the page."""
    kept = sorted((name, value) for name, value in parameters.items() if name not in ("limit", "count", "fields"))
    return json.dumps([path, kept, order])


def _place(query: Select[*tuple[Any, ...]], sort: Sort, backward: bool | None) -> Select[*tuple[Any, ...]]:
    """The rows of a page, with their keys: the `most` that come first, or that follow on, or go before, the one with
    the key `seen` and `seen_id`."""
    down = sort.descending if backward is None else sort.descending != backward
    if backward is not None:
        seen = bindparam("seen", type_=sort.column.type)
        if sort.id is None:
            query = query.where(sort.column < seen if down else sort.column > seen)
        else:
            key, last = tuple_(sort.column, sort.id), tuple_(seen, bindparam("seen_id", type_=Uuid()))
            query = query.where(key < last if down else key > last)
    columns = [sort.column] if sort.id is None else [sort.column, sort.id]
    return (
        query.add_columns(sort.column, null() if sort.id is None else sort.id)
        .order_by(*(column.desc() if down else column.asc() for column in columns))
        .limit(bindparam("most", type_=Integer()))
    )


_place_once = cache(_place)


def counting(query: Select[*tuple[Any, ...]]) -> Select[int]:
    """How many rows the query has."""
    return select(func.count()).select_from(query.order_by(None).subquery())
