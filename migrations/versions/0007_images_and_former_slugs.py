"""images, which revisions show them, and former slugs of tags and authors"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "images",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("alt", sa.Text(), nullable=True),
        sa.Column("credit", sa.Text(), nullable=True),
        sa.Column("caption", sa.Text(), nullable=True),
        sa.Column("focal_x", sa.Double(), nullable=True),
        sa.Column("focal_y", sa.Double(), nullable=True),
        sa.Column("uploaded_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("width > 0 AND height > 0", name=op.f("ck_images_size")),
        sa.CheckConstraint("(focal_x IS NULL) = (focal_y IS NULL)", name=op.f("ck_images_focal_point")),
        sa.CheckConstraint("focal_x BETWEEN 0 AND 1 AND focal_y BETWEEN 0 AND 1", name=op.f("ck_images_focal_range")),
        sa.ForeignKeyConstraint(["uploaded_by"], ["users.id"], name=op.f("fk_images_uploaded_by"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_images")),
        sa.UniqueConstraint("digest", name=op.f("uq_images_digest")),
    )
    op.create_index(op.f("ix_images_uploaded_by"), "images", ["uploaded_by"], unique=False)
    op.create_table(
        "illustrations",
        sa.Column("revision_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("image_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("position >= 0", name=op.f("ck_illustrations_position")),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revisions.id"], name=op.f("fk_illustrations_revision_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["image_id"], ["images.id"], name=op.f("fk_illustrations_image_id")),
        sa.PrimaryKeyConstraint("revision_id", "position", name=op.f("pk_illustrations")),
    )
    op.create_table(
        "former_slugs",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("tag_id", sa.Uuid(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("kind IN ('author', 'tag')", name=op.f("ck_former_slugs_kind")),
        sa.CheckConstraint("(kind = 'tag') = (tag_id IS NOT NULL)", name=op.f("ck_former_slugs_tag")),
        sa.CheckConstraint("(kind = 'author') = (author_id IS NOT NULL)", name=op.f("ck_former_slugs_author")),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("fk_former_slugs_tag_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["author_id"], ["authors.id"], name=op.f("fk_former_slugs_author_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("kind", "slug", name=op.f("pk_former_slugs")),
    )
    op.create_index(op.f("ix_former_slugs_tag_id"), "former_slugs", ["tag_id"], unique=False)
    op.create_index(op.f("ix_former_slugs_author_id"), "former_slugs", ["author_id"], unique=False)
    op.create_index(op.f("ix_illustrations_image_id"), "illustrations", ["image_id"], unique=False)


def downgrade() -> None:
    op.drop_table("former_slugs")
    op.drop_table("illustrations")
    op.drop_table("images")
