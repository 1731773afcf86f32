"""Where sentences end in a line of tokens whose quotations stand for one word each."""

from __future__ import annotations

from app.extract.lexicon.words import Flag
from app.extract.phrases import phrase_from
from app.extract.subjects import cue_after
from app.extract.tokens import Token

_REACH = 45


def sentences(tokens: list[Token], text: str) -> list[tuple[int, int]]:
    """Token ranges of the sentences, in order, covering all tokens."""
    bounds: list[tuple[int, int]] = []
    start = 0
    for i in range(len(tokens) - 1):
        if _ends(tokens, i, text):
            bounds.append((start, i + 1))
            start = i + 1
    if start < len(tokens):
        bounds.append((start, len(tokens)))
    return bounds


def _ends(tokens: list[Token], i: int, text: str) -> bool:
    token, following = tokens[i], tokens[i + 1]
    if token.quote is not None:
        last = text[token.end - 1]
        if last not in ".!?…" or not following.flags & (Flag.CAPITAL | Flag.QUOTE):
            return False
        return last == "." or not _attributes(tokens, i + 1)
    if token.low == "." and i and len(tokens[i - 1].text) == 1 and tokens[i - 1].flags & Flag.CAPITAL:
        return False
    if token.low in (".", "!", "?"):
        return bool(following.flags & (Flag.CAPITAL | Flag.QUOTE | Flag.NUMBER | Flag.DET)) or following.low in "(["
    return False


def _attributes(tokens: list[Token], i: int) -> bool:
    """Whether a quoted question's speaker follows it: “Why?” Ann Lee asked."""
    stop = min(len(tokens), i + _REACH)
    phrase = phrase_from(tokens, i, stop)
    return phrase is not None and cue_after(tokens, phrase, stop) < stop
