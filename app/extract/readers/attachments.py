"""The pictures of a WordPress export, to which posts refer by number."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from html import escape

_ENDING = re.compile(r"(?:-scaled)?(?:\.\w{2,5})?$")


class Pictures:
    """Pictures by number, as HTML. Past some megabytes of them, most lie in a temporary file that vanishes by itself.

    >>> pictures = Pictures([("7", "https://w.example/pier.jpg", "The pier", "At dusk")])
    >>> pictures.figure("7", "<p>Fares rise.</p>")
    '<figure><img src="https://w.example/pier.jpg" alt="The pier"><figcaption>At dusk</figcaption></figure>'
    >>> pictures.figure("7", '<img src="https://w.example/pier-300x200.jpg">'), pictures.figure("8", "")
    ('', '')
    """

    def __init__(self, pictures: Iterable[tuple[str, str, str, str]]) -> None:
        """Each with its number, address, words that stand for it, and caption, which may be HTML."""
        self._kept = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._kept.execute("PRAGMA cache_size=-2048")
        self._kept.execute("PRAGMA journal_mode=OFF")
        self._kept.execute("CREATE TABLE pictures (number TEXT PRIMARY KEY, url, alt, caption) WITHOUT ROWID")
        self._kept.executemany("INSERT OR IGNORE INTO pictures VALUES (?, ?, ?, ?)", pictures)

    def figure(self, number: str, html: str) -> str:
        """The picture with its caption; nothing if there is none of this number, or `html` shows it, in any size."""
        found = self._kept.execute("SELECT url, alt, caption FROM pictures WHERE number = ?", (number,)).fetchone()
        if found is None or _shows(html, found[0]):
            return ""
        url, alt, caption = found
        below = f"<figcaption>{caption}</figcaption>" if caption else ""
        return f'<figure><img src="{escape(url)}" alt="{escape(alt)}">{below}</figure>'


def _shows(html: str, url: str) -> bool:
    """Whether the picture is there, whole or in one of the sizes that WordPress makes: pier-300x200.jpg of pier.jpg.

    A site that has moved to https still shows its old addresses, with http.
    """
    stem = _ENDING.sub("", url, count=1).removeprefix("https:").removeprefix("http:")
    return stem in html and bool(re.search(rf"{re.escape(stem)}(?:-scaled|-\d+x\d+)?[.\"']", html))
