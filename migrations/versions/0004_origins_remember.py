"""origins remember what their source said at the last import, and the revision that it left"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("origins") as batch_op:
        batch_op.add_column(sa.Column("digest", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("revision", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("origins") as batch_op:
        batch_op.drop_column("revision")
        batch_op.drop_column("digest")
