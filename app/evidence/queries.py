from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import undefer

from app.evidence.models import Evidence
from app.quotes.models import Quote


def article_of(quote_id: UUID) -> Select[UUID]:
    """The article in which the quote is."""
    return select(Quote.article_id).where(Quote.id == quote_id)


def all_of(quote_id: UUID) -> Select[Evidence]:
    """What was found about the quote, the oldest first, without the source texts."""
    return select(Evidence).where(Evidence.quote_id == quote_id).order_by(Evidence.id)


def one_of(quote_id: UUID, evidence_id: UUID) -> Select[Evidence]:
    """One of them, with its source text."""
    found = select(Evidence).where(Evidence.id == evidence_id, Evidence.quote_id == quote_id)
    return found.options(undefer(Evidence.source_text))


def all_among(article_ids: Collection[UUID]) -> Select[Evidence]:
    """What was found about the quotes of these articles, the oldest first, with the source texts."""
    found = select(Evidence).join(Quote, Quote.id == Evidence.quote_id).where(Quote.article_id.in_(article_ids))
    return found.order_by(Evidence.id).options(undefer(Evidence.source_text))
