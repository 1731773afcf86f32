"""comments have a spam score, learned from decisions; what is kept of one reader is found quickly

Nothing is rewritten: both columns are empty at first, and what was decided before teaches nothing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

PERSONAL = sa.text("email_digest IS NOT NULL OR address_digest IS NOT NULL")
INDEXES = {
    "ix_comments_personal": ("comments", ["created_at"], PERSONAL),
    "ix_comment_flags_reader_digest": ("comment_flags", ["reader_digest"], None),
    "ix_comment_flags_created_at": ("comment_flags", ["created_at"], None),
    "ix_comment_votes_reader_digest": ("comment_votes", ["reader_digest"], None),
    "ix_comment_votes_address_digest": ("comment_votes", ["address_digest"], None),
    "ix_comment_votes_created_at": ("comment_votes", ["created_at"], None),
}


def upgrade() -> None:
    op.create_table(
        "comment_spam_tokens",
        sa.Column("token", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("spam", sa.Integer(), nullable=False),
        sa.Column("other", sa.Integer(), nullable=False),
        sa.CheckConstraint("spam >= 0 AND other >= 0", name=op.f("ck_comment_spam_tokens_counts")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_comment_spam_tokens")),
    )
    op.add_column("comments", sa.Column("spam_score", sa.Integer(), nullable=True))
    op.add_column("comments", sa.Column("taught_spam", sa.Boolean(), nullable=True))
    for name, (table, columns, where) in INDEXES.items():
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name, (table, _, _) in INDEXES.items():
        op.drop_index(name, table_name=table)
    op.drop_column("comments", "taught_spam")
    op.drop_column("comments", "spam_score")
    op.drop_table("comment_spam_tokens")
