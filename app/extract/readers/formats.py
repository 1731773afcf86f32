"""Which format a file is in, by what it holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

from app.extract.readers.blogger import read_blogger
from app.extract.readers.decoding import beginning
from app.extract.readers.feeds import read_feed
from app.extract.readers.item import Entry
from app.extract.readers.jsonfeed import read_json_feed
from app.extract.readers.jsonld import read_json_ld
from app.extract.readers.markdown import read_markdown
from app.extract.readers.ninjs import read_ninjs
from app.extract.readers.pages import read_page
from app.extract.readers.wordpress import read_wxr

Read = Callable[[BinaryIO], Iterator[Entry]]

_PROLOGUE = r"(?:\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\])?\s*>)*"
_NINJS = r"body_xhtml|body_text|bodies|versioncreated|versionCreated|pubstatus|pubStatus|headlines"
_FORMATS: tuple[tuple[str, re.Pattern[str], Read], ...] = tuple(
    (name, re.compile(pattern, re.DOTALL), read)
    for name, pattern, read in (
        ("wordpress", r"<.*wordpress\.org/export/1\.", read_wxr),
        ("blogger", r"<.*schemas\.google\.com/blogger/20.*(?:/g/2005#kind|<blogger:type\b)", read_blogger),
        ("feed", rf"{_PROLOGUE}<(?:rss|feed|(?:\w+:)?RDF)\b", read_feed),
        ("html", rf"(?i){_PROLOGUE}<(?:html|head|body|article|main|section|div|h1|p|meta)\b", read_page),
        ("jsonfeed", r"\{.*\"version\"\s*:\s*\"https://jsonfeed\.org/version/1", read_json_feed),
        ("jsonld", r"[\[{].*\"@(?:context|type)\"\s*:", read_json_ld),
        ("ninjs", rf"[\[{{].*\"(?:{_NINJS})\"\s*:", read_ninjs),
        ("markdown", r"(?:---|\+\+\+)[^\S\n]*\n[^\n]*\w[^\n]*[:=]|#[^\S\n]+\S", read_markdown),
    )
)

READERS: dict[str, Read] = {name: read for name, _, read in _FORMATS}
"""The reader of each format, by its name."""


def recognise(head: bytes) -> tuple[str, Read] | None:
    """The name and the reader of the format that a file with this head is in; None for plain text and all else."""
    text = beginning(head).replace("\r\n", "\n")
    return next(((name, read) for name, pattern, read in _FORMATS if pattern.match(text)), None)
