"""Every table of the project, so that one import knows the whole schema."""

from app.accounts.models import ApiKey, Token, User
from app.articles.counters import FeedCount
from app.articles.groups import FormerSlug
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
from app.comments.models import (
    ArticleRules,
    Ban,
    Check,
    Comment,
    Flag,
    Note,
    SiteRules,
    SpamToken,
    Subscriber,
    Subscription,
    Vote,
    Wording,
)
from app.corrections.models import Correction
from app.db import Base
from app.edges.models import Edge
from app.editions.models import Edition
from app.events.models import Announcement, AuditEntry, Event, KeptAnswer, Touch
from app.evidence.models import Evidence
from app.graph.models import GraphReport
from app.imports.models import ImportItem, ImportJob
from app.ingest.models import Origin
from app.locks.models import Lock
from app.mail.models import Mail
from app.media.models import Illustration, Image
from app.permissions.models import Permission, PermissionNotice
from app.previews.models import PreviewLink
from app.quotes.models import Hop, Placement, Quote
from app.search.models import QuoteCount, SearchDocument
from app.sources.models import Source, SourceLink, SourceName, SourceRole
from app.variants.models import ComparedUpTo, Likeness, Misquote, Phrasing, Shingle, Uncompared, Utterance
from app.webhooks.models import Delivery, Webhook

__all__ = [
    "Announcement",
    "ApiKey",
    "Article",
    "ArticleRules",
    "ArticleSlug",
    "AuditEntry",
    "Author",
    "Ban",
    "Base",
    "Byline",
    "Check",
    "Citation",
    "Comment",
    "ComparedUpTo",
    "Correction",
    "Delivery",
    "Edge",
    "Edition",
    "Event",
    "Evidence",
    "FeedCount",
    "FeedRow",
    "Flag",
    "FormerSlug",
    "GraphReport",
    "Hop",
    "Illustration",
    "Image",
    "ImportItem",
    "ImportJob",
    "KeptAnswer",
    "Label",
    "Likeness",
    "Lock",
    "Mail",
    "Masthead",
    "Misquote",
    "Note",
    "Origin",
    "Permission",
    "PermissionNotice",
    "Phrasing",
    "Placement",
    "PreviewLink",
    "Quote",
    "QuoteCount",
    "Rendition",
    "Revision",
    "SearchDocument",
    "Shingle",
    "SiteRules",
    "Source",
    "SourceLink",
    "SourceName",
    "SourceRole",
    "SpamToken",
    "Subscriber",
    "Subscription",
    "Tag",
    "Token",
    "Touch",
    "Uncompared",
    "User",
    "Utterance",
    "Vote",
    "Webhook",
    "Wording",
]
