from datetime import datetime

from sqlalchemy import Select

from app.articles.models import Article
from app.quotes.models import Placement
from app.record.queries import quote


def confirmed(quote_id: str, at: datetime) -> Select[Placement, Article]:
    """The quote with this id, if an editor has confirmed it and its article is public."""
    return quote(quote_id, at).where(Placement.review == "confirmed")
