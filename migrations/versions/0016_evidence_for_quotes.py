"""quotes are verified, with evidence; `onrecord migrate` or the next start writes what readers get of them"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

STATES = "verification IN ('unverified', 'matched_in_source', 'heard_on_record', 'disputed', 'retracted')"

# The site is introduced under its addresses at every start; under new ones all that readers get is written anew.
TO_BE_WRITTEN = "UPDATE mastheads SET article_url = '' WHERE EXISTS (SELECT 1 FROM placements)"


def upgrade() -> None:
    op.create_table(
        "evidence",
        sa.Column("quote_id", sa.Uuid(), nullable=False),
        sa.Column("verification", sa.Text(), nullable=False),
        sa.Column("exact", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("source_text", sa.Text(), nullable=True),
        sa.Column("source_sha256", sa.Text(), nullable=True),
        sa.Column("passage", sa.Text(), nullable=True),
        sa.Column("similarity", sa.Double(), nullable=True),
        sa.Column("time_code", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("checked_by", sa.Uuid(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(STATES, name=op.f("ck_evidence_verification")),
        sa.CheckConstraint("(source_text IS NULL) = (source_sha256 IS NULL)", name=op.f("ck_evidence_source")),
        sa.CheckConstraint("similarity >= 0 AND similarity <= 1", name=op.f("ck_evidence_similarity")),
        sa.ForeignKeyConstraint(["quote_id"], ["quotes.id"], name=op.f("fk_evidence_quote_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["checked_by"], ["users.id"], name=op.f("fk_evidence_checked_by"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    op.create_index(op.f("ix_evidence_quote_id"), "evidence", ["quote_id"], unique=False)
    op.create_index(op.f("ix_evidence_checked_by"), "evidence", ["checked_by"], unique=False)
    # Neither engine writes a row anew; on SQLite a constraint that comes with its column is spared a copy of the table.
    op.execute(
        "ALTER TABLE quotes ADD COLUMN verification TEXT NOT NULL DEFAULT 'unverified' "
        f"CONSTRAINT ck_quotes_verification CHECK ({STATES})"
    )
    op.execute(TO_BE_WRITTEN)


def downgrade() -> None:
    op.drop_column("quotes", "verification")
    op.drop_table("evidence")
    op.execute(TO_BE_WRITTEN)
