"""quotes are compared: their wordings, what they have to do with each other, and what an editor should look at"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# No index is put on a table that has rows already, so nobody waits for this.


def upgrade() -> None:
    op.create_table(
        "compared_up_to",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_compared_up_to_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compared_up_to")),
    )
    # From the first entry of the audit log on: the worker finds all articles there.
    op.execute(sa.text("INSERT INTO compared_up_to (id, number) VALUES (1, 0)"))
    op.create_table(
        "phrasings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("is_pending", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phrasings")),
    )
    op.create_index(
        "ix_phrasings_pending",
        "phrasings",
        ["id"],
        unique=False,
        sqlite_where=sa.text("is_pending = 1"),
        postgresql_where=sa.text("is_pending"),
    )

    op.create_table(
        "likenesses",
        sa.Column("phrasing_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["other_id"], ["phrasings.id"], name=op.f("fk_likenesses_other_id")),
        sa.ForeignKeyConstraint(["phrasing_id"], ["phrasings.id"], name=op.f("fk_likenesses_phrasing_id")),
        sa.PrimaryKeyConstraint("phrasing_id", "other_id", name=op.f("pk_likenesses")),
    )
    op.create_index(op.f("ix_likenesses_other_id"), "likenesses", ["other_id"], unique=False)

    op.create_table(
        "misquotes",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("article_id", sa.Uuid(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("phrasing_id", sa.Uuid(), nullable=True),
        sa.Column("other_id", sa.Uuid(), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(label = 'headline') = (article_id IS NOT NULL)", name=op.f("ck_misquotes_article")),
        sa.CheckConstraint("(label = 'headline') = (phrasing_id IS NULL)", name=op.f("ck_misquotes_phrasing")),
        sa.CheckConstraint("(label = 'headline') = (words IS NOT NULL)", name=op.f("ck_misquotes_words")),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name=op.f("ck_misquotes_decided")),
        sa.CheckConstraint("label IN ('changed_words', 'attributed', 'headline')", name=op.f("ck_misquotes_label")),
        sa.CheckConstraint("state IN ('open', 'accepted', 'dismissed')", name=op.f("ck_misquotes_state")),
        sa.CheckConstraint("(phrasing_id IS NULL) = (other_id IS NULL)", name=op.f("ck_misquotes_other")),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_misquotes_article_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_misquotes")),
        sa.UniqueConstraint("key", name=op.f("uq_misquotes_key")),
    )
    op.create_index(op.f("ix_misquotes_article_id"), "misquotes", ["article_id"], unique=False)
    op.create_index(op.f("ix_misquotes_other_id"), "misquotes", ["other_id"], unique=False)
    op.create_index(op.f("ix_misquotes_phrasing_id"), "misquotes", ["phrasing_id"], unique=False)
    op.create_index("ix_misquotes_state", "misquotes", ["state", "id"], unique=False)

    op.create_table(
        "shingles",
        sa.Column("hash", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("phrasing_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["phrasing_id"], ["phrasings.id"], name=op.f("fk_shingles_phrasing_id")),
        sa.PrimaryKeyConstraint("hash", "phrasing_id", name=op.f("pk_shingles")),
    )
    op.create_index(op.f("ix_shingles_phrasing_id"), "shingles", ["phrasing_id"], unique=False)

    op.create_table(
        "uncompared",
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_uncompared_article_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_uncompared")),
    )
    op.create_table(
        "utterances",
        sa.Column("quote_id", sa.Uuid(), nullable=False),
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column("phrasing_id", sa.Uuid(), nullable=False),
        sa.Column("speaker_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["phrasing_id"], ["phrasings.id"], name=op.f("fk_utterances_phrasing_id")),
        sa.ForeignKeyConstraint(["quote_id"], ["quotes.id"], name=op.f("fk_utterances_quote_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("quote_id", name=op.f("pk_utterances")),
    )
    op.create_index(op.f("ix_utterances_speaker_id"), "utterances", ["speaker_id"], unique=False)
    op.create_index(op.f("ix_utterances_article_id"), "utterances", ["article_id"], unique=False)
    op.create_index("ix_utterances_said", "utterances", ["phrasing_id", "speaker_id", "quote_id"], unique=False)


def downgrade() -> None:
    for table in ("utterances", "uncompared", "shingles", "misquotes", "likenesses", "phrasings", "compared_up_to"):
        op.drop_table(table)
