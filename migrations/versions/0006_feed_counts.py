"""counters of lists, and indexes of what they must be lessened by"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

LATE = sa.text("visible_from > published_at")
ENDING = sa.text("visible_until IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "feed_counts",
        sa.Column("key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_feed_counts")),
    )
    op.create_index("ix_feed_rows_late", "feed_rows", ["key", "visible_from"], sqlite_where=LATE, postgresql_where=LATE)
    op.create_index(
        "ix_feed_rows_ending", "feed_rows", ["key", "visible_until"], sqlite_where=ENDING, postgresql_where=ENDING
    )
    op.execute("INSERT INTO feed_counts (key, total) SELECT key, count(*) FROM feed_rows GROUP BY key")


def downgrade() -> None:
    op.drop_index("ix_feed_rows_ending", table_name="feed_rows")
    op.drop_index("ix_feed_rows_late", table_name="feed_rows")
    op.drop_table("feed_counts")
