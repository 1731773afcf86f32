"""XML as feeds, sitemaps and cards are written in it."""

import re
from xml.etree.ElementTree import Element, SubElement, tostring

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def add(parent: Element, name: str, text: str | None = None, **attributes: str) -> Element:
    """A new element below `parent`; its text loses the characters that XML 1.0 (2.2) cannot carry."""
    made = SubElement(parent, name, {key: clean(value) for key, value in attributes.items()})
    made.text = clean(text) if text is not None else None
    return made


def clean(text: str) -> str:
    return _FORBIDDEN.sub("", text)


def to_bytes(root: Element) -> bytes:
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode").encode()
