"""Closed lists of English words, the extractor's only knowledge of the language."""

from __future__ import annotations


def listed(text: str, separator: str | None = None) -> tuple[str, ...]:
    """The entries of a list written as running text, in their order.

    >>> listed("The Hill | Der Spiegel", "|")
    ('The Hill', 'Der Spiegel')
    """
    return tuple(" ".join(entry.split()) for entry in text.split(separator))
