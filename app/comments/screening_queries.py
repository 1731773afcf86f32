"""By what a comment is screened: rules, bans, what is known of its author, what decisions have taught."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Delete,
    Select,
    Text,
    bindparam,
    delete,
    exists,
    false,
    or_,
    select,
)

from app.articles.models import Author, Byline
from app.articles.queries import AT
from app.comments.models import (
    ArticleRules,
    Ban,
    Comment,
    SiteRules,
    SpamToken,
)
from app.comments.queries import ARTICLE
from app.comments.readers import Reader
from app.comments.spam import ALL


def site_rules() -> Select[SiteRules]:
    return select(SiteRules)


def article_rules(article_ids: Iterable[UUID]) -> Select[ArticleRules]:
    return select(ArticleRules).where(ArticleRules.article_id.in_(list(article_ids)))


def _rules() -> Select[*tuple[Any, ...]]:
    own = [
        select(column).where(ArticleRules.article_id == ARTICLE)
        for column in (ArticleRules.mode, ArticleRules.close_after_days)
    ]
    return select(*(found.scalar_subquery() for found in (select(SiteRules.document), *own)))


RULES = _rules()
"""How the site takes comments, and the mode and the days of the article `article_id`, where it has them of its own."""


def bans() -> Select[Ban]:
    return select(Ban)


BANS = select(Ban.kind, Ban.value, Ban.effect, Ban.expires_at).where(
    or_(
        Ban.kind == "words",
        Ban.kind == "network",
        Ban.value.in_([bindparam(name, type_=Text()) for name in ("address", "email", "account")]),
    ),
    or_(Ban.expires_at.is_(None), Ban.expires_at > AT),
)
"""The bans that hold at the moment `at`: all on words and networks, and those on a person with this `address`, `email`
(both digests) or `account`."""


def ban_like(kind: str, value: str) -> Select[Ban]:
    return select(Ban).where(Ban.kind == kind, Ban.value == value)


def is_known(reader: Reader, email_digest: str | None) -> Select[bool]:
    """Whether a comment of the account was approved, or of the guest's e-mail address from this very place: anybody
    may name an address that is another's."""
    if reader.user_id is not None:
        person = Comment.user_id == reader.user_id
    elif email_digest is not None:
        person = (Comment.email_digest == email_digest) & (Comment.address_digest == reader.address_digest)
    else:
        person = false()
    return select(exists().where(person, Comment.status == "approved"))


def is_author(article_id: UUID, name: str) -> Select[bool]:
    """Whether the article is by somebody of this name."""
    return select(exists().where(Byline.article_id == article_id, Byline.author_id == Author.id, Author.name == name))


def is_said(text_digest: str, since: datetime, but: UUID | None) -> Select[bool]:
    """Whether the same text was posted since then, in another comment."""
    same = (Comment.text_digest == text_digest) & (Comment.created_at > since)
    return select(exists().where(same & (Comment.id != but) if but else same))


DECIDED = select(SpamToken.spam, SpamToken.other).where(SpamToken.token == ALL)
"""How many comments were decided to be spam, and how many not."""


def spam_tokens(tokens: Collection[int]) -> Select[int, int, int]:
    """Those of these tokens that decisions have taught, with both counts."""
    return select(SpamToken.token, SpamToken.spam, SpamToken.other).where(SpamToken.token.in_(tokens))


def dropping_tokens(tokens: Collection[int]) -> Delete:
    return delete(SpamToken).where(SpamToken.token.in_(tokens))
