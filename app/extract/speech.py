"""Whether words in quotation marks are somebody's words, or a title, a term, a mere mention."""

from __future__ import annotations

import re

from app.extract.lexicon import listed
from app.extract.quotes import Quoted
from app.extract.saying import Attribution
from app.extract.tokens import is_title

_WORKS = (
    r"word|words|term|terms|phrase|name|names|title|nickname|acronym|label|adjective|movie|film|book|novel|song|album"
    r"|show|series|sitcom|program|programme|podcast|documentary|poem|play|musical|magazine|newspaper|website|exhibit"
    r"|exhibition|section|column|essay|ballad|hit|single|anthem"
)
_PIECES = (
    r"movies?|films?|books?|memoirs?|novels?|songs?|albums?|shows?|series|sitcom|podcast|documentar(?:y|ies)|poems?|plays?"
    r"|musicals?|exhibition|column|essay|ballad|anthem|single"
)
_PIECE_BEFORE = re.compile(rf"\b(?:{_PIECES})[\s,:]*$", re.IGNORECASE)
_PERFORMED = re.compile(
    r"\b(?:s[aiu]ngs?|singing|recorded|perform(?:s|ed|ing)?|to the tune of|played|wrote|written)\s*$"
)
_PIECE_AFTER = re.compile(rf"[\s,]*(?:an?|the|his|her|their) (?:[\w.'’-]+ ){{0,4}}(?:{_PIECES})\b")
_CHANNELS = r"ABC|CBS|NBC|CNN|MSNBC|Fox(?: News)?|PBS|BBC|NPR|HBO|Netflix|C-SPAN|CNBC|MTV|ITV|Univision"
_NAMED = re.compile(
    rf"(?:\b(?:entitled|titled|nicknamed|so-called|self-described|(?:the|this|that|a) (?:{_WORKS})"
    r"|(?:commonly |also |better |now |otherwise |become )?known (?:as|here as|online as|simply as)(?: the| a| an)?"
    r"|(?:author|co-author|editor|curator|host|star|creator|director|writer) of(?: the)?"
    r"|(?:is|are|was|were|been|be|being|what['’]s being) (?:named|termed)(?: the| a| an)?|are called(?: the)?"
    r"|(?:coined|used?|using|uses|defined?|the meaning of)(?: the)?(?: word| term| phrase)?"
    r"|, (?:called|dubbed|nicknamed|named)"
    rf"|by the name(?: of)?|name (?:is|was)|spell(?:s|ed)?|\w+ named)|\b(?:{_CHANNELS})['’]s?)[\s,:]*$",
    re.IGNORECASE,
)
_STYLED = re.compile(
    r"\b(?:(?:is|was|been|being|be) (?:called|dubbed)|nicknamed|deemed|described as)(?: the| a| an)?\s*$"
    r"|\bthat (?:reads?|says|said)[\s,:]*$",
    re.IGNORECASE,
)
_CITATION = re.compile(r"(?<![.,?!…])[\"”’'»]\s*(?:—|–|--|-)\s*[A-Z][^\n\"“]{2,60},\s+[A-Z]?\w+ \d")
_TITLED = re.compile(r"\b(?:on|in|at|for|of|from|with|called|program|show|['’]s)\s*$")
_AS = re.compile(r"\b(?:as|to|like|than|called|calls|calling|dubbed|branded|labeled)(?: [\w’']+){0,3}\s*$")
_MODIFIER = re.compile(r"\b(?:the|a|an|this|that|these|those|its|his|her|their|our|\w+['’]s)(?: [a-z-]+)?\s*$")
_NOUN_NEXT = re.compile(
    r"\s*(?!(?:and|or|but|of|in|on|at|for|to|with|by|from|as|that|who|which|when|while|if|because|is|are|was|were|has|have"
    r"|had|will|would|could|should|may|might|can|after|before|during|said|says|told|about|against|than|into|over|he|she"
    r"|it|they|we|according|not|do|does|did)\b)[a-z][a-z-]+"
)
_CALLING = frozenset(
    listed(
        """call calls called calling dub dubs dubbed dubbing brand brands branded branding label labels labeled labelled
        labeling labelling describe describes described describing deride derides derided deriding"""
    )
)
_UTTERED = re.compile(
    r"\b(?:chant|shout|cr(?:y|ie)|call|slogan|promise|pledge|vow|accusation|allegation|claim|statement|warning|insult"
    r"|assertion|insistence|suggestion|remark|repl(?:y|ie)|answer|mantra|motto)(?:e?s)?"
    r"(?: on [A-Z]\w+day)?(?:,| of| that| to)?(?: [\w’']+){0,4}\s*$"
)
_GIVEN = re.compile(r"(?<![.!?:,] )\b[A-Z][a-z]+ $")
_SURNAME = re.compile(r" [A-Z][a-z]+")
_STRONG = ("head close", "head far", "according to", "closing", "colon")


def is_speech(text: str, passage: Quoted, said: Attribution | None, heading: bool) -> bool:
    """Judge by the length of the passage, how it is written, what stands around it and who said it.

    `heading` tells that the passage stands in a headline.
    """
    if heading or _CITATION.match(text, passage.end):
        return False
    if passage.run is not None:
        return True
    words = text[passage.start : passage.end].split()
    before = text[max(0, passage.start - 70) : passage.start].rstrip("\"“”„«»‹›‘’'`")
    after = text[passage.end : passage.end + 40].lstrip("\"“”„«»‹›‘’'`")
    rule = said.rule if said else "none"
    head = rule in ("head close", "head far")
    title = is_title(words)
    if title and (_is_piece(before, after) or _is_nickname(words, before, after)):
        return False
    whole = _is_whole(text, passage, before.rstrip())
    tail = rule.startswith("tail") or (rule.startswith("carried") and (len(words) > 3 or (whole and not title)))
    if _STYLED.search(before):
        return True
    if whole and ((not title and len(words) > 1) or (rule == "carried on" and text[passage.end - 1] in ".!?…")):
        return True
    if not tail and (title or not head or len(words) == 1) and _NAMED.search(before):
        return False
    if (said and _is_called(text, said, before)) or (_UTTERED.search(before) and not _is_modifier(before, after)):
        return True
    if len(words) >= 7:
        return not title or tail
    if len(words) > 1 and title and not tail and not _is_epithet(before, rule):
        return False
    if rule in _STRONG or tail or (rule == "same sentence" and len(words) > 1):
        return not (_is_modifier(before, after) and not (tail or head))
    if len(words) >= 4:
        return True
    if len(words) == 1:
        reported = rule == "head weak" or (rule == "subject" and _AS.search(before))
        return bool(reported) and not title and not _is_modifier(before, after)
    return (rule == "head weak" or bool(_AS.search(before))) and not _is_modifier(before, after)


def _is_whole(text: str, passage: Quoted, before: str) -> bool:
    """Whether the passage stands as a sentence of its own: “Nobody came.” She goes, “Who cares?”"""
    last = text[passage.end - 1]
    if not before or before[-1] in ".!?:”":
        return last in ",.!?…"
    return before[-1] == "," and last in ".!?…" and text[passage.start].isupper()


def _is_called(text: str, said: Attribution, before: str) -> bool:
    """Whether somebody calls another by these words: called him “Mister Never” and “Doctor No”."""
    cue = text[slice(*said.cue)].lower()
    if cue not in _CALLING or before.rstrip().lower().endswith(cue):  # “a film called”
        return False
    return said.rule.startswith("head") or (said.rule == "same sentence" and before.endswith((" and ", " or ", ", ")))


def _is_piece(before: str, after: str) -> bool:
    """Whether what stands around a title says that it is one: her memoir “…”, she sang “…”, “…,” a film."""
    return bool(_PIECE_BEFORE.search(before) or _PERFORMED.search(before) or _PIECE_AFTER.match(after))


def _is_nickname(words: list[str], before: str, after: str) -> bool:
    """Whether the passage stands between a given name and a surname: Thomas “Tip” Moss."""
    return len(words) <= 2 and bool(_GIVEN.search(before)) and bool(_SURNAME.match(after))


def _is_epithet(before: str, rule: str) -> bool:
    """Whether a capitalised passage is what somebody calls another: referred to her as “Miss Sunshine”."""
    if rule == "head close":
        return not _TITLED.search(before)
    reported = rule.startswith("head") or rule == "subject"
    return (reported and bool(_AS.search(before))) or (rule == "same sentence" and before.endswith((" and ", " or ")))


def _is_modifier(before: str, after: str) -> bool:
    """Whether the passage stands like an adjective: the “sex tape” reference."""
    return bool(_MODIFIER.search(before)) and bool(_NOUN_NEXT.match(after))


def single_marks_speak(quoted: list[Quoted]) -> bool:
    """Whether single marks are this text's usual ones, as in British papers; else they mark headings."""
    outer = [q for q in quoted if q.parent is None]
    return sum(q.mark in "‘'" for q in outer) * 2 > len(outer)
