"""quotes as readers get and find them; `onrecord migrate` or the next start writes those of all articles"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)

FTS5 = """
    CREATE VIRTUAL TABLE search_index_of_quotes USING fts5(
        keys, text,
        content='quote_documents', content_rowid='id', columnsize=0, tokenize="ascii tokenchars ':-'"
    )
"""
FTS5_LEARNS = """
    CREATE TRIGGER quote_documents_inserted AFTER INSERT ON quote_documents BEGIN
        INSERT INTO search_index_of_quotes (rowid, keys, text) VALUES (new.id, new.keys, new.text);
    END
"""
FTS5_FORGETS = """
    CREATE TRIGGER quote_documents_deleted AFTER DELETE ON quote_documents BEGIN
        INSERT INTO search_index_of_quotes (search_index_of_quotes, rowid, keys, text)
            VALUES ('delete', old.id, old.keys, old.text);
    END
"""
GIN = "CREATE INDEX ix_quote_documents_words ON quote_documents USING gin (words) WITH (fastupdate = off)"

# The site is introduced under its addresses at every start; under new ones all that readers get is written anew.
TO_BE_WRITTEN = "UPDATE mastheads SET article_url = '' WHERE EXISTS (SELECT 1 FROM placements)"


def upgrade() -> None:
    op.create_table(
        "quote_documents",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("quote_id", sa.Uuid(), nullable=False),
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column("visible_from", MOMENT, nullable=False),
        sa.Column("visible_until", MOMENT, nullable=True),
        sa.Column("published_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("speaker_id", sa.Uuid(), nullable=True),
        sa.Column("review", sa.Text(), nullable=False),
        sa.Column("card", sa.LargeBinary(), nullable=False),
        sa.Column("keys", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("words", sa.Text().with_variant(postgresql.TSVECTOR(), "postgresql"), nullable=True),
        sa.CheckConstraint("visible_from < visible_until", name=op.f("ck_quote_documents_span")),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_quote_documents_article_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["quote_id"], ["quotes.id"], name=op.f("fk_quote_documents_quote_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote_documents")),
    )
    op.create_index("ix_quote_documents_day", "quote_documents", ["day", "quote_id"], unique=False)
    op.create_index(
        "ix_quote_documents_speaker_id",
        "quote_documents",
        ["speaker_id", "day", "quote_id", "visible_from", "visible_until"],
        unique=False,
    )
    op.create_index(op.f("ix_quote_documents_article_id"), "quote_documents", ["article_id"], unique=False)
    op.create_index(op.f("ix_quote_documents_quote_id"), "quote_documents", ["quote_id"], unique=False)
    for made in (FTS5, FTS5_LEARNS, FTS5_FORGETS) if op.get_bind().dialect.name == "sqlite" else (GIN,):
        op.execute(made)
    op.execute(TO_BE_WRITTEN)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_index_of_quotes")
    op.drop_table("quote_documents")
