"""Content codings (RFC 9110, 8.4): which one a client wants, and how it is made."""

import gzip
from functools import lru_cache

import brotli
import zstandard

PREFERENCE = ("br", "zstd", "gzip")
"""Smallest first; equal wishes of the client are decided by it."""

SMALLEST = 500
"""Bytes under which coding saves less than its headers cost."""


@lru_cache(maxsize=512)
def chosen(accept_encoding: str) -> str:
    """The coding to answer with; `identity` where none is wanted or the wish cannot be read.

    >>> chosen("gzip, deflate, br;q=0.5")
    'gzip'
    """
    weights: dict[str, float] = {}
    for part in accept_encoding.lower().split(","):
        name, _, parameter = part.partition(";")
        quality = parameter.strip().removeprefix("q=")
        try:
            weights[name.strip()] = float(quality) if quality else 1.0
        except ValueError:
            weights[name.strip()] = 0.0

    def weight(name: str) -> float:
        return weights.get(name, weights.get("*", 0.0))

    best = max(PREFERENCE, key=weight)
    return best if weight(best) > 0 and weight(best) >= weights.get("identity", 0.0) else "identity"


def encode(coding: str, body: bytes) -> bytes:
    """The body in a coding of `PREFERENCE`."""
    if coding == "br":
        return bytes(brotli.compress(body, quality=5))
    if coding == "zstd":
        return zstandard.ZstdCompressor(level=6).compress(body)
    return gzip.compress(body, compresslevel=6, mtime=0)
