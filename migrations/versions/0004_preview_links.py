"""preview links, and an index of the pages that quotes came by"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_hops_url"), "hops", ["url"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_hops_url"), table_name="hops")
