"""Every table of the project, so that one import knows the whole schema."""

from app.accounts.models import ApiKey, Token, User
from app.articles.models import (
    Article,
    ArticleSlug,
    Author,
    Byline,
    Citation,
    FeedRow,
    Label,
    Masthead,
    Rendition,
    Revision,
    Tag,
)
from app.comments.models import Comment
from app.corrections.models import Correction
from app.db import Base
from app.events.models import AuditEntry, Event, KeptAnswer, Touch
from app.ingest.models import Origin
from app.permissions.models import Permission
from app.quotes.models import Hop, Placement, Quote
from app.search.models import SearchDocument
from app.sources.models import Source, SourceLink, SourceName, SourceRole

__all__ = [
    "ApiKey",
    "Article",
    "ArticleSlug",
    "AuditEntry",
    "Author",
    "Base",
    "Byline",
    "Citation",
    "Comment",
    "Correction",
    "Event",
    "FeedRow",
    "Hop",
    "KeptAnswer",
    "Label",
    "Masthead",
    "Origin",
    "Permission",
    "Placement",
    "Quote",
    "Rendition",
    "Revision",
    "SearchDocument",
    "Source",
    "SourceLink",
    "SourceName",
    "SourceRole",
    "Tag",
    "Token",
    "Touch",
    "User",
]
