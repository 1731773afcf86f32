"""What the extractor hands over: frozen values, offsets in Unicode code points of `Draft.text`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from app.extract.lexicon.words import FLAGS, Flag

QuoteKind = Literal["direct", "mixed", "block", "indirect"]
SourceKind = Literal["person", "organization", "publication", "document", "unnamed"]

_NO_SOURCE = Flag.PRONOUN | Flag.RELATIVE | Flag.DET


class ExtractError(Exception):
    """The text is no article: `code` is for programs, `detail` one plain sentence for people."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Mention:
    """Words of the text that name somebody or something: `draft.text[start:end] == text`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Via:
    """One hop between the speaker and this article, the nearest to the speaker first."""

    name: str
    role: str
    mention: Mention


@dataclass(frozen=True, slots=True)
class FoundQuote:
    """Words in quotation marks, or words that somebody is reported to have said.

    The marks lie outside `start..end`; `prefix` and `suffix` hold up to 32 code points (W3C Web
    Annotation, TextQuoteSelector). `speech` is false for titles, scare quotes and mere mentions of a
    word. `speaker` is the mention in the text, `speaker_name` the name behind it where the article
    gives one. `parent` is the index in `Draft.quotes` of the quote around this one.
    """

    start: int
    end: int
    exact: str
    prefix: str
    suffix: str
    kind: QuoteKind
    speech: bool
    speaker: Mention | None
    speaker_name: str | None
    speaker_kind: SourceKind | None
    cue: Mention | None
    via: tuple[Via, ...]
    confidence: float
    rule: str
    parent: int | None

    @property
    def source_name(self) -> str | None:
        """The name of the source who speaks; one without a name goes by its description (“two officials”). None where
        nothing more than a pronoun stands for it (“who”)."""
        if self.speaker_name or self.speaker is None:
            return self.speaker_name
        return None if FLAGS.get(self.speaker.text.lower(), 0) & _NO_SOURCE else self.speaker.text


@dataclass(frozen=True, slots=True)
class FoundSource:
    """Somebody or something that the article relies on.

    `roles` are among `speaker`, `via`, `cited` and `reprinted_from`; `aliases` are the other names
    and descriptions under which the article speaks of it.
    """

    name: str
    kind: SourceKind
    roles: tuple[str, ...]
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FoundPermission:
    """The right under which a reprint stands: who gave it, and the credit line as printed."""

    assigner: str
    credit: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something an editor should look at."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Draft:
    """An article as far as its text tells, for an editor to confirm."""

    title: str
    published_on: date | None
    language: str | None
    byline: str | None
    text: str
    quotes: tuple[FoundQuote, ...]
    sources: tuple[FoundSource, ...]
    permission: FoundPermission | None
    comments_open: bool | None
    warnings: tuple[Finding, ...]
