"""indexes by which the languages of a site and its newest corrections are found"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_articles_language", "articles", ["language", "status"])
    op.create_index("ix_corrections_published", "corrections", ["published_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_corrections_published", "corrections")
    op.drop_index("ix_articles_language", "articles")
