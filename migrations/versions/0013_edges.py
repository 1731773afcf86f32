"""the citation graph, drawn when the site is introduced anew: at once with `onrecord migrate`, or at the next start"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
INNER = sa.text("kind <> 'corrects' AND (tail_kind = 'source' OR head_kind = 'article')")


def upgrade() -> None:
    op.create_table(
        "edges",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column("visible_from", MOMENT, nullable=False),
        sa.Column("visible_until", MOMENT, nullable=True),
        sa.Column("published_at", MOMENT, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("tail_kind", sa.Text(), nullable=False),
        sa.Column("tail", sa.Uuid(), nullable=False),
        sa.Column("head_kind", sa.Text(), nullable=False),
        sa.Column("head", sa.Uuid(), nullable=False),
        sa.Column("is_origin", sa.Boolean(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('cites', 'quotes', 'reprints', 'corrects')", name=op.f("ck_edges_kind")),
        sa.CheckConstraint("tail_kind IN ('article', 'source', 'page')", name=op.f("ck_edges_tail_kind")),
        sa.CheckConstraint("head_kind IN ('article', 'source', 'page')", name=op.f("ck_edges_head_kind")),
        sa.ForeignKeyConstraint(
            ["article_id", "visible_from"],
            ["renditions.article_id", "renditions.visible_from"],
            name=op.f("fk_edges_article_id_visible_from"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edges")),
    )
    op.create_index("ix_edges_article", "edges", ["article_id", "tail"])
    op.create_index("ix_edges_tail", "edges", ["tail", "published_at", "id", "kind"])
    op.create_index("ix_edges_head", "edges", ["head", "published_at", "id", "kind"])
    op.create_index("ix_edges_inner", "edges", ["published_at", "id"], sqlite_where=INNER, postgresql_where=INNER)
    # Edges follow from what readers get, by rules that are the application's. Where a site's pages are is a setting;
    # to find it changed has the application write all that readers get anew, edges included.
    op.execute("UPDATE mastheads SET article_url = ''")


def downgrade() -> None:
    op.drop_table("edges")
