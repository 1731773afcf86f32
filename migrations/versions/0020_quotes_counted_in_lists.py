"""quotes are counted in each list; reports on the graph are made ahead; `onrecord migrate` or the next start counts"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

# The site is introduced under its addresses at every start; under new ones all that readers get is written anew.
TO_BE_WRITTEN = "UPDATE mastheads SET article_url = '' WHERE EXISTS (SELECT 1 FROM quote_documents)"


def upgrade() -> None:
    _make("list")
    op.create_table(
        "graph_reports",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_graph_reports")),
    )


def downgrade() -> None:
    op.drop_table("graph_reports")
    _make()


def _make(*lists: str) -> None:
    """Counters follow from the quotes, so none need be kept."""
    op.drop_table("quote_counts")
    op.create_table(
        "quote_counts",
        sa.Column("review", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in lists),
        sa.Column("facet", sa.Text(), nullable=False),
        sa.Column("value", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("review", *lists, "facet", "value", name=op.f("pk_quote_counts")),
    )
    op.create_index("ix_quote_counts_total", "quote_counts", ["review", *lists, "facet", "total", "value"])
    op.execute(TO_BE_WRITTEN)
