"""readers may have word of their comments by e-mail"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mails",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("comment_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("give_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("status IN ('pending', 'sent', 'failed', 'moot')", name=op.f("ck_mails_status")),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_mails_comment_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_mails_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
        sa.UniqueConstraint("comment_id", "kind", "digest", name=op.f("uq_mails_comment_id_kind_digest")),
    )
    op.create_index("ix_mails_due", "mails", ["status", "due_at"], unique=False)
    op.create_index("ix_mails_digest", "mails", ["digest", "kind", "created_at"], unique=False)
    op.create_index(op.f("ix_mails_user_id"), "mails", ["user_id"], unique=False)
    op.create_index(op.f("ix_mails_finished_at"), "mails", ["finished_at"], unique=False)
    op.create_table(
        "comment_subscribers",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("asked_from", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_comment_subscribers")),
    )
    op.create_index(
        "ix_comment_subscribers_asked_from", "comment_subscribers", ["asked_from", "asked_at"], unique=False
    )
    op.create_index("ix_comment_subscribers_asked_at", "comment_subscribers", ["asked_at"], unique=False)
    op.create_table(
        "comment_subscriptions",
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_comment_subscriptions_comment_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["digest"], ["comment_subscribers.digest"], name=op.f("fk_comment_subscriptions_digest"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_comment_subscriptions")),
    )
    op.create_index(op.f("ix_comment_subscriptions_digest"), "comment_subscriptions", ["digest"], unique=False)
    op.create_index(op.f("ix_comment_subscriptions_created_at"), "comment_subscriptions", ["created_at"], unique=False)


def downgrade() -> None:
    op.drop_table("comment_subscriptions")
    op.drop_table("comment_subscribers")
    op.drop_table("mails")
