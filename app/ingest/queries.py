from collections.abc import Iterable
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Select, literal, or_, select
from sqlalchemy.orm import selectinload

from app.accounts.models import User
from app.articles.groups import FormerSlug, Group
from app.articles.models import Article, Author, Byline, Citation, Label, Revision, Tag
from app.articles.staff_queries import staff_cards
from app.comments.models import ArticleRules, Comment, SiteRules
from app.corrections.models import Correction
from app.editions.models import Edition
from app.ingest.models import Origin
from app.media.models import Illustration, Image
from app.permissions.models import Permission
from app.quotes.models import Hop, Placement, Quote
from app.sources.models import Source, SourceRole

Named = TypeVar("Named", Author, Tag, Source)


def origins(keys: Iterable[str]) -> Select[Origin]:
    """From what articles were made, among these."""
    return select(Origin).where(Origin.key.in_(list(keys)))


def cards(article_ids: Iterable[UUID]) -> Select[Article]:
    """These articles with their current revisions."""
    return staff_cards().where(Article.id.in_(list(article_ids)))


def quotes_of(article_id: UUID) -> Select[Quote]:
    return select(Quote).where(Quote.article_id == article_id)


def revision(article_id: UUID, number: int) -> Select[Revision]:
    """That revision of an article, by itself."""
    return select(Revision).where(Revision.article_id == article_id, Revision.number == number)


def comments_among(ids: Iterable[UUID]) -> Select[UUID]:
    """Those of these comments that there are."""
    return select(Comment.id).where(Comment.id.in_(list(ids)))


def users() -> Select[User]:
    return select(User).order_by(User.id)


def authors() -> Select[Author]:
    return select(Author).order_by(Author.id)


def tags() -> Select[Tag]:
    return select(Tag).order_by(Tag.id)


def sources() -> Select[Source]:
    """Every source with its names and links, merged ones too."""
    return select(Source).order_by(Source.id).options(selectinload(Source.names), selectinload(Source.links))


def tied() -> Select[Source]:
    """The sources that point at others, with their roles."""
    has_roles = Source.id.in_(select(SourceRole.source_id))
    query = select(Source).where(or_(Source.merged_into_id.is_not(None), has_roles))
    return query.order_by(Source.id).options(selectinload(Source.roles))


def source_slugs(ids: Iterable[UUID]) -> Select[UUID, str]:
    return select(Source.id, Source.slug).where(Source.id.in_(list(ids)))


def next_ids(after: UUID | None, limit: int) -> Select[UUID]:
    """The ids of the next articles, in any state, in the order of their entry."""
    query = select(Article.id).order_by(Article.id).limit(limit)
    return query if after is None else query.where(Article.id > after)


def with_names(article_ids: Iterable[UUID]) -> Select[Article]:
    """These articles with all but their revisions, in the order of their entry."""
    return (
        select(Article)
        .where(Article.id.in_(list(article_ids)))
        .order_by(Article.id)
        .options(
            selectinload(Article.slugs),
            selectinload(Article.bylines).joinedload(Byline.author),
            selectinload(Article.labels).joinedload(Label.tag),
            selectinload(Article.permissions).joinedload(Permission.assigner),
            selectinload(Article.corrections),
        )
    )


def history(article_ids: Iterable[UUID]) -> Select[Revision]:
    """Every revision of these articles, the oldest first, with its quotes and citations."""
    return (
        select(Revision)
        .where(Revision.article_id.in_(list(article_ids)))
        .order_by(Revision.article_id, Revision.number)
        .options(
            selectinload(Revision.placements).joinedload(Placement.speaker),
            selectinload(Revision.placements).selectinload(Placement.hops).joinedload(Hop.source),
            selectinload(Revision.citations).joinedload(Citation.source),
            selectinload(Revision.illustrations).joinedload(Illustration.image),
        )
    )


def quotes_among(article_ids: Iterable[UUID]) -> Select[Quote]:
    return select(Quote).where(Quote.article_id.in_(list(article_ids))).order_by(Quote.id)


def editions_of(article_ids: Iterable[UUID]) -> Select[Edition]:
    """What readers got of these articles, and will get, the oldest first."""
    of_articles = Edition.article_id.in_(list(article_ids))
    return select(Edition).where(of_articles).order_by(Edition.article_id, Edition.since)


def comment_rules() -> Select[SiteRules]:
    return select(SiteRules)


def comment_rules_of(article_ids: Iterable[UUID]) -> Select[ArticleRules]:
    return select(ArticleRules).where(ArticleRules.article_id.in_(list(article_ids)))


def former_slugs(group: Group) -> Select[UUID, str]:
    """The former slugs of all tags or authors, with whose each was."""
    owner = getattr(FormerSlug, group.owner)
    return select(owner, FormerSlug.slug).where(FormerSlug.kind == group.name).order_by(FormerSlug.slug)


def led_on(group: Group, slug: str) -> Select[str]:
    """That slug, if a tag or author had it before."""
    return select(FormerSlug.slug).where(FormerSlug.kind == group.name, FormerSlug.slug == slug)


def images() -> Select[Image]:
    return select(Image).order_by(Image.id)


def image(digest: str) -> Select[Image]:
    return select(Image).where(Image.digest == digest)


def origins_of(article_ids: Iterable[UUID]) -> Select[Origin]:
    return select(Origin).where(Origin.article_id.in_(list(article_ids))).order_by(Origin.key)


def commented(article_ids: Iterable[UUID]) -> Select[UUID]:
    """Those of these articles that have comments."""
    return select(Comment.article_id).where(Comment.article_id.in_(list(article_ids))).distinct()


def from_above(article_id: UUID) -> Select[Comment]:
    """The comments of an article, each after the one that it answers."""
    of_article = Comment.article_id == article_id
    level = select(Comment.id, literal(0).label("depth")).where(of_article, Comment.parent_id.is_(None))
    above = level.cte("above", recursive=True)
    above = above.union_all(select(Comment.id, above.c.depth + 1).join(above, Comment.parent_id == above.c.id))
    return select(Comment).join(above, above.c.id == Comment.id).order_by(above.c.depth, Comment.id)


def bases() -> Select[UUID, UUID | None]:
    """Each permission that rests on another one, and that one."""
    resting = select(Permission.id, Permission.parent_id).where(Permission.parent_id.is_not(None))
    return resting.order_by(Permission.id)


def users_among(ids: Iterable[UUID]) -> Select[UUID]:
    """Those of these users that there are."""
    return select(User.id).where(User.id.in_(list(ids)))


def slugged(table: type[Named], slug: str) -> Select[Named]:
    """The author, tag or source with this slug."""
    return select(table).where(table.slug == slug)


def ids_of(table: type[Author | Tag | Source | Image], names: Iterable[str]) -> Select[str, UUID]:
    """The ids of authors, tags or sources by their slugs, or of images by their digests."""
    name = table.digest if issubclass(table, Image) else table.slug
    return select(name, table.id).where(name.in_(list(names)))


def with_roles(source_id: UUID) -> Select[Source]:
    return select(Source).where(Source.id == source_id).options(selectinload(Source.roles))


def comments_under(article_id: UUID, ids: Iterable[UUID]) -> Select[UUID]:
    """Those of these comments that are under this article."""
    return select(Comment.id).where(Comment.id.in_(list(ids)), Comment.article_id == article_id)


def corrections_in(article_id: UUID, ids: Iterable[UUID]) -> Select[UUID]:
    """Those of these corrections that are of this article."""
    return select(Correction.id).where(Correction.id.in_(list(ids)), Correction.article_id == article_id)


def quotes_in(article_id: UUID, ids: Iterable[UUID]) -> Select[UUID]:
    """Those of these quotes that are in this article."""
    return select(Quote.id).where(Quote.id.in_(list(ids)), Quote.article_id == article_id)
