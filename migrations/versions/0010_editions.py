"""what readers got of an article, from when until when; it begins with what they get now"""

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

HEAD = (
    "slug", "language", "published_at", "updated_at", "revision", "aliases", "canonical_url", "authors", "tags",
    "permission", "corrections",
)  # fmt: skip
MOMENT = sa.DateTime(timezone=True)

articles = sa.table("articles", sa.column("id", sa.Uuid()), sa.column("modified_at", MOMENT))
revisions = sa.table(
    "revisions", sa.column("id", sa.Uuid()), sa.column("article_id", sa.Uuid()), sa.column("is_current", sa.Boolean())
)
renditions = sa.table(
    "renditions",
    sa.column("article_id", sa.Uuid()),
    sa.column("visible_from", MOMENT),
    sa.column("visible_until", MOMENT),
    sa.column("document", sa.LargeBinary()),
)
editions = sa.table(
    "editions",
    sa.column("article_id", sa.Uuid()),
    sa.column("since", MOMENT),
    sa.column("until", MOMENT),
    sa.column("revision_id", sa.Uuid()),
    sa.column("head", sa.JSON()),
)


def upgrade() -> None:
    op.create_table(
        "editions",
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=True),
        sa.Column("revision_id", sa.Uuid(), nullable=False),
        sa.Column("head", sa.JSON(), nullable=False),
        sa.CheckConstraint("since < until", name=op.f("ck_editions_span")),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_editions_article_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revisions.id"], name=op.f("fk_editions_revision_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("article_id", "since", name=op.f("pk_editions")),
    )
    op.create_index(op.f("ix_editions_revision_id"), "editions", ["revision_id"], unique=False)
    connection = op.get_bind()
    for batch in running(connection):
        connection.execute(editions.insert(), batch)
    op.drop_column("articles", "absences")


def downgrade() -> None:
    op.add_column("articles", sa.Column("absences", sa.JSON(), nullable=False, server_default="[]"))
    op.drop_table("editions")


def running(connection: sa.Connection) -> Iterator[list[dict[str, Any]]]:
    """What readers get now and will get, as editions: since they last got something new, by the article's own date."""
    shown = (
        sa.select(renditions, revisions.c.id, articles.c.modified_at)
        .join_from(renditions, articles, articles.c.id == renditions.c.article_id)
        .join(revisions, sa.and_(revisions.c.article_id == articles.c.id, revisions.c.is_current))
        .execution_options(yield_per=500)
    )
    for batch in connection.execute(shown).partitions():
        found = []
        for article_id, begin, until, document, revision_id, modified_at in batch:
            since = max(begin, modified_at or begin)
            if until is None or since < until:
                values = {"article_id": article_id, "since": since, "until": until, "revision_id": revision_id}
                found.append(values | {"head": head(json.loads(document))})
        if found:
            yield found


def head(document: dict[str, Any]) -> dict[str, Any]:
    assigners = [cited["source"]["id"] for cited in document["sources"] if cited["role"] == "reprinted_from"]
    return {name: document[name] for name in HEAD} | {"assigners": assigners}
