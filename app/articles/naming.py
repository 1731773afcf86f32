"""What articles are called and listed under: slugs, authors and tags."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from slugify import slugify
from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.articles import queries, staff_queries
from app.articles.groups import Group
from app.articles.models import Article, ArticleSlug, Author, Byline, Label, Tag
from app.events.queries import renamed
from app.sources.actions import SlugTaken, numbered


def claim(session: Session, slug: str) -> str:
    """The slug, which no article has or had. Raises `SlugTaken`."""
    if session.scalar(queries.slug_owner(slug)) is not None:
        raise SlugTaken("Another article has this slug, or had it once.")
    return slug


def free_slug(session: Session, title: str) -> str:
    """A slug made of the title that no article has or had."""
    base = slugify(title, max_length=80, word_boundary=True) or "article"
    taken = set(session.scalars(staff_queries.slugs_like(base)))
    return next(slug for slug in numbered(base) if slug not in taken)


def rename(session: Session, article: Article, slug: str, *, at: datetime) -> None:
    """Give the article a slug, new or one of its former ones; one that readers could know stays its alias.

    A slug that only staff have seen is free again: it may say what was never published. Raises `SlugTaken`.
    """
    owner = session.scalar(queries.slug_owner(slug))
    if owner is None:
        session.add(ArticleSlug(slug=slug, article_id=article.id, created_at=at))
    elif owner != article.id:
        raise SlugTaken("Another article has this slug, or had it once.")
    if not article.was_seen(at):
        session.execute(delete(ArticleSlug).where(ArticleSlug.slug == article.slug))
    article.slug = slug


def set_names(session: Session, article: Article, authors: Sequence[str] | None, tags: Sequence[str] | None) -> None:
    """Put the article under these authors and tags in this order; None leaves them. New names become rows."""
    if authors is not None:
        _clear(session, article.bylines)
        known = {row.name: row for row in session.scalars(staff_queries.authors_named(authors))}
        for position, name in enumerate(dict.fromkeys(authors)):
            author = known.get(name) or Author(name=name, slug=_free(session, name, staff_queries.author_slugs))
            session.add(author)
            article.bylines.append(Byline(author=author, position=position))
    if tags is not None:
        _clear(session, article.labels)
        known_tags = {row.name: row for row in session.scalars(staff_queries.tags_named(tags))}
        for position, name in enumerate(dict.fromkeys(tags)):
            tag = known_tags.get(name) or Tag(name=name, slug=_free(session, name, staff_queries.tag_slugs))
            session.add(tag)
            article.labels.append(Label(tag=tag, position=position))


def present_names(session: Session, group: Group, names: Sequence[str], *, since: datetime) -> list[str]:
    """What the tags or authors that had these names at that moment are called now, each once; merged ones like the one
    that has taken their place."""
    now_called = {name: name for name in names}
    for before, after in session.execute(renamed(group.name, since)):
        now_called.update({name: after["name"] for name, called in now_called.items() if called == before["name"]})
    return list(dict.fromkeys(now_called.values()))


def _clear(session: Session, rows: list[Any]) -> None:
    """The old ones go before the new ones come, which may be the same."""
    if rows:
        rows.clear()
        session.flush()


def _free(session: Session, name: str, like: Callable[[str], Any]) -> str:
    base = slugify(name, max_length=80, word_boundary=True) or "name"
    session.flush()
    taken = set(session.scalars(like(base)))
    return next(slug for slug in numbered(base) if slug not in taken)
