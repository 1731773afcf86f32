"""Text in, a draft out: quotes at exact places, speakers, sources, credit. Pure and deterministic."""

from app.extract.draft import (
    Draft,
    ExtractError,
    Finding,
    FoundPermission,
    FoundQuote,
    FoundSource,
    Mention,
    Via,
)
from app.extract.extraction import extract_article, extract_body, extract_document
from app.extract.headline import check_headline, unsaid

__all__ = [
    "Draft",
    "ExtractError",
    "Finding",
    "FoundPermission",
    "FoundQuote",
    "FoundSource",
    "Mention",
    "Via",
    "check_headline",
    "extract_article",
    "extract_body",
    "extract_document",
    "unsaid",
]
