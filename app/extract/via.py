"""Through whom words reached the article: the paper that was told, the statement, the agency that reports."""

from __future__ import annotations

import re

from app.extract.draft import Mention, Via
from app.extract.names import kind_of
from app.extract.saying import Attribution

_NAME = r"(?:[Tt]he )?[A-Z][\w’'.&-]*(?: (?:of |and |the )?[A-Z][\w’'.&-]*){0,5}"
_FORM = (
    r"statement|interview|e-?mail|letter|speech|tweet|post|memo|op-ed|editorial|press release|news release"
    r"|news conference|press conference|blog post|report|book|video|filing|podcast|testimony"
)
_STATEMENT = re.compile(
    rf"[^.\n“\"]{{0,40}}?\bin (?P<form>(?:an?|the|his|her|its|their) (?:[\w-]+ ){{0,3}}(?:{_FORM}))\b"
    rf"(?: (?:with|to|on|for|in|by|from) (?P<paper>{_NAME}))?"
)
_TOLD = re.compile(rf" (?P<paper>{_NAME})")
_ACCORDING = re.compile(rf"[^.\n“\"]{{0,80}}?,? according to (?P<paper>{_NAME})")
_CARRIER = re.compile(
    r"[^\n]*\n?[^\n]?The (?P<form>\w+),? (?:which was )?(?:issued|released|published|carried|posted|sent|distributed)"
    rf"(?: \w+)? (?:via|by|through|on) (?P<body>(?:the )?{_NAME})"
)
_TELLING = frozenset(["told", "tells", "telling"])
_REACH = 400


def find_via(text: str, said: Attribution) -> tuple[Via, ...]:
    """The hops after the speaker in the order in which the words passed them; often none."""
    hops: list[Via] = []
    start = max(said.speaker[1], said.cue[1])
    cue = text[slice(*said.cue)].lower()
    end = min(len(text), start + _REACH)
    line_end = text.find("\n", start, end)
    end = line_end if line_end >= 0 else end
    told = _TOLD.match(text, start, end) if cue in _TELLING else None
    if told:
        _add(hops, told, "paper")
    form = _STATEMENT.match(text, start, end)
    if form:
        hops.append(Via(form["form"], "statement", Mention(form["form"], *form.span("form"))))
        if form["paper"]:
            _add(hops, form, "paper")
        carrier = _CARRIER.match(text, form.end(), form.end() + 2 * _REACH)
        if carrier and carrier["form"].lower() == form["form"].split()[-1].lower():
            hops.append(Via(_bare(carrier["body"]), "organization", Mention(carrier["body"], *carrier.span("body"))))
    report = _ACCORDING.match(text, start, end) if "according" not in cue else None
    if report:
        _add(hops, report, "paper")
    return tuple(hops)


def _add(hops: list[Via], match: re.Match[str], group: str) -> None:
    """Add the named body if it is one that reports; “told Ann Lee” is no hop."""
    name = match[group].rstrip(".’'")
    if kind_of(tuple(_bare(name).split())) == "publication":
        start = match.start(group)
        hops.append(Via(name, "publication", Mention(name, start, start + len(name))))


def _bare(name: str) -> str:
    return re.sub(r"^[Tt]he ", "", name)
