"""a service outside is asked about comments before they are seen"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "comment_checks",
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("outcome IN ('hold', 'unanswered')", name=op.f("ck_comment_checks_outcome")),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_comment_checks_comment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment_checks")),
        sa.UniqueConstraint("comment_id", name=op.f("uq_comment_checks_comment_id")),
    )
    op.create_index("ix_comment_checks_open", "comment_checks", ["outcome", "created_at"])


def downgrade() -> None:
    op.drop_table("comment_checks")
