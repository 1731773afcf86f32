"""life of an article: schedules that can be cancelled, absences from readers, and soft locks"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("articles", sa.Column("date_unscheduled", sa.DateTime(timezone=True), nullable=True))
    op.add_column("articles", sa.Column("absences", sa.JSON(), nullable=False, server_default="[]"))
    op.create_table(
        "locks",
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_locks_article_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_locks_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("article_id", "user_id", name=op.f("pk_locks")),
    )
    op.create_index(op.f("ix_locks_user_id"), "locks", ["user_id"], unique=False)


def downgrade() -> None:
    op.drop_table("locks")
    op.drop_column("articles", "absences")
    op.drop_column("articles", "date_unscheduled")
