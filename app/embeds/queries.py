from datetime import datetime
from typing import Any

from sqlalchemy import Select

from app.record.queries import quote
from app.search.models import QuoteDocument


def confirmed(quote_id: str, at: datetime) -> Select[*tuple[Any, ...]]:
    """The quote with this id as readers get it, if an editor has confirmed it and its article is public."""
    return quote(quote_id, at).where(QuoteDocument.review == "confirmed")
