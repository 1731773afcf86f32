"""indexes by which the languages of a site, its newest corrections, and what was renamed are found"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_articles_language", "articles", ["language", "status"])
    op.create_index("ix_corrections_published", "corrections", ["published_at", "id"])
    op.create_index("ix_audit_entries_object_kind", "audit_entries", ["object_kind", "number"])


def downgrade() -> None:
    op.drop_index("ix_audit_entries_object_kind", "audit_entries")
    op.drop_index("ix_corrections_published", "corrections")
    op.drop_index("ix_articles_language", "articles")
