"""what quotes need before readers see them"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mastheads", sa.Column("publish_requires", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("mastheads", "publish_requires")
