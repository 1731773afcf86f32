"""what quotes need before readers see them; quotes are counted, and found by review and day; `onrecord migrate` or the
next start counts them"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

LATE, ENDING = sa.text("visible_from > published_at"), sa.text("visible_until IS NOT NULL")

# The site is introduced under its addresses at every start; under new ones all that readers get is written anew.
TO_BE_WRITTEN = "UPDATE mastheads SET article_url = '' WHERE EXISTS (SELECT 1 FROM quote_documents)"


def upgrade() -> None:
    op.add_column("mastheads", sa.Column("publish_requires", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "quote_counts",
        sa.Column("review", sa.Text(), nullable=False),
        sa.Column("facet", sa.Text(), nullable=False),
        sa.Column("value", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("review", "facet", "value", name=op.f("pk_quote_counts")),
    )
    op.create_index("ix_quote_counts_total", "quote_counts", ["review", "facet", "total", "value"])
    op.create_index("ix_quote_documents_review", "quote_documents", ["review", "day", "quote_id"])
    op.create_index(
        "ix_quote_documents_late", "quote_documents", ["visible_from"], sqlite_where=LATE, postgresql_where=LATE
    )
    op.create_index(
        "ix_quote_documents_ending", "quote_documents", ["visible_until"], sqlite_where=ENDING, postgresql_where=ENDING
    )
    op.execute(TO_BE_WRITTEN)


def downgrade() -> None:
    for name in ("ending", "late", "review"):
        op.drop_index(f"ix_quote_documents_{name}", table_name="quote_documents")
    op.drop_table("quote_counts")
    op.drop_column("mastheads", "publish_requires")
