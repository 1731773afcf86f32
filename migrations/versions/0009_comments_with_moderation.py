"""comments have places in threads, votes, flags, notes, earlier wordings; bans and rules; corrections have a credit"""

from collections import Counter, defaultdict
from datetime import UTC

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ORDERED = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
LEVELS, STEP = 8, 31
"""How deep replies go, and the characters of a path for each level, as `app.comments` has them."""

INDEXES = {
    "ix_comments_flat": ["article_id", "is_seen", "created_at", "id"],
    "ix_comments_top": ["article_id", "is_seen", "rank", "id"],
    "ix_comments_level": ["article_id", "depth", "is_seen", "created_at", "id"],
    "ix_comments_level_top": ["article_id", "depth", "is_seen", "rank", "id"],
    "ix_comments_changed": ["article_id", "changed_at"],
    "ix_comments_same": ["text_digest", "created_at"],
    "ix_comments_correction_id": ["correction_id"],
    "ix_comments_user_id": ["user_id"],
}
COLUMNS = (
    "path", "depth", "target", "evidence", "correction_id", "is_seen", "user_id", "badge", "text_digest", "findings",
    "reason_code", "flag_count", "votes_for", "votes_against", "rank", "changed_at",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "comment_bans",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("effect IN ('hold', 'refuse')", name=op.f("ck_comment_bans_effect")),
        sa.CheckConstraint(
            "kind IN ('user', 'email', 'address', 'network', 'words')", name=op.f("ck_comment_bans_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment_bans")),
        sa.UniqueConstraint("kind", "value", name=op.f("uq_comment_bans_kind_value")),
    )
    op.create_table(
        "comment_rules",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_comment_rules_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment_rules")),
    )
    op.create_table(
        "comment_article_rules",
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=True),
        sa.Column("close_after_days", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "mode IN ('open', 'first_time', 'held', 'closed')", name=op.f("ck_comment_article_rules_mode")
        ),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_comment_article_rules_article_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_comment_article_rules")),
    )
    op.create_table(
        "comment_flags",
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("reader_digest", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_comment_flags_comment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment_flags")),
        sa.UniqueConstraint("comment_id", "reader_digest", name=op.f("uq_comment_flags_comment_id_reader_digest")),
    )
    op.create_table(
        "comment_notes",
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_comment_notes_comment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment_notes")),
    )
    with op.batch_alter_table("comment_notes") as batch_op:
        batch_op.create_index(batch_op.f("ix_comment_notes_comment_id"), ["comment_id"], unique=False)

    op.create_table(
        "comment_votes",
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("reader_digest", sa.Text(), nullable=False),
        sa.Column("address_digest", sa.Text(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("value IN (-1, 1)", name=op.f("ck_comment_votes_value")),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_comment_votes_comment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment_votes")),
        sa.UniqueConstraint("comment_id", "address_digest", name=op.f("uq_comment_votes_comment_id_address_digest")),
        sa.UniqueConstraint("comment_id", "reader_digest", name=op.f("uq_comment_votes_comment_id_reader_digest")),
    )
    op.create_table(
        "comment_wordings",
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_comment_wordings_comment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment_wordings")),
    )
    with op.batch_alter_table("comment_wordings") as batch_op:
        batch_op.create_index(batch_op.f("ix_comment_wordings_comment_id"), ["comment_id"], unique=False)

    with op.batch_alter_table("comments") as batch_op:
        batch_op.drop_index("ix_comments_thread")
        batch_op.drop_constraint(op.f("ck_comments_reply_count"), type_="check")
        batch_op.add_column(sa.Column("path", ORDERED, nullable=True))
        batch_op.add_column(sa.Column("depth", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("target", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("evidence", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("correction_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("is_seen", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("user_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("badge", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("text_digest", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("findings", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("reason_code", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("flag_count", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("votes_for", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("votes_against", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("rank", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
    _place_comments()
    with op.batch_alter_table("comments") as batch_op:
        batch_op.alter_column("path", existing_type=ORDERED, nullable=False)
        batch_op.alter_column("depth", existing_type=sa.Integer(), nullable=False)
        batch_op.alter_column("is_seen", existing_type=sa.Boolean(), nullable=False)
        batch_op.create_check_constraint(
            op.f("ck_comments_counts"),
            "reply_count >= 0 AND flag_count >= 0 AND votes_for >= 0 AND votes_against >= 0",
        )
        batch_op.create_check_constraint(op.f("ck_comments_badge"), "badge IN ('author', 'staff')")
        batch_op.create_check_constraint(op.f("ck_comments_seen"), "is_seen = (status = 'approved' OR reply_count > 0)")
        batch_op.create_unique_constraint(op.f("uq_comments_path"), ["path"])
        batch_op.create_foreign_key(
            op.f("fk_comments_correction_id"), "corrections", ["correction_id"], ["id"], ondelete="SET NULL"
        )
        batch_op.create_foreign_key(op.f("fk_comments_user_id"), "users", ["user_id"], ["id"], ondelete="SET NULL")
        for name, columns in INDEXES.items():
            batch_op.create_index(name, columns, unique=False)
        batch_op.create_index(
            "ix_comments_below",
            ["path"],
            unique=False,
            sqlite_where=sa.text("is_seen = 1"),
            postgresql_where=sa.text("is_seen"),
        )
        batch_op.create_index(
            "ix_comments_reported",
            ["created_at", "id"],
            unique=False,
            sqlite_where=sa.text("flag_count > 0"),
            postgresql_where=sa.text("flag_count > 0"),
        )

    with op.batch_alter_table("corrections") as batch_op:
        batch_op.add_column(sa.Column("credit", sa.Text(), nullable=True))


def _place_comments() -> None:
    """Give each comment its place in its thread, and count the replies that readers get."""
    table = sa.table(
        "comments",
        sa.column("id", sa.Uuid()),
        sa.column("parent_id", sa.Uuid()),
        sa.column("status", sa.Text()),
        sa.column("created_at", sa.DateTime(timezone=True)),
        sa.column("decided_at", sa.DateTime(timezone=True)),
        sa.column("path", sa.Text()),
        sa.column("depth", sa.Integer()),
        sa.column("is_seen", sa.Boolean()),
        sa.column("reply_count", sa.Integer()),
        sa.column("changed_at", sa.DateTime(timezone=True)),
    )
    connection = op.get_bind()
    c = table.c
    children = defaultdict(list)
    columns = (c.id, c.parent_id, c.status, c.created_at, c.decided_at)
    for row in connection.execute(sa.select(*columns)):
        children[row.parent_id].append(row)
    placed, paths = [], {None: ("", 0)}
    waiting = [None]
    while waiting:  # parents before their children
        parent = waiting.pop()
        above, depth = paths[parent]
        for row in children[parent]:
            created = row.created_at if row.created_at.tzinfo else row.created_at.replace(tzinfo=UTC)
            step = f"{max(0, int(created.timestamp() * 1000)):011x}{row.id.hex[12:]}"
            paths[row.id] = (above[: STEP * (LEVELS - 1)] + step, min(LEVELS, depth + 1))
            placed.append(row)
            waiting.append(row.id)
    seen: Counter[object] = Counter()
    for row in reversed(placed):
        path, depth = paths[row.id]
        is_seen = row.status == "approved" or seen[row.id] > 0
        seen[row.parent_id] += is_seen
        changed_at = (row.decided_at or row.created_at) if is_seen else None
        values = {"path": path, "depth": depth, "is_seen": is_seen, "reply_count": seen[row.id]}
        connection.execute(table.update().where(c.id == row.id).values(**values, changed_at=changed_at))


def downgrade() -> None:
    with op.batch_alter_table("corrections") as batch_op:
        batch_op.drop_column("credit")

    with op.batch_alter_table("comments") as batch_op:
        batch_op.drop_constraint(op.f("fk_comments_user_id"), type_="foreignkey")
        batch_op.drop_constraint(op.f("fk_comments_correction_id"), type_="foreignkey")
        batch_op.drop_constraint(op.f("uq_comments_path"), type_="unique")
        for constraint in ("seen", "badge", "counts"):
            batch_op.drop_constraint(op.f(f"ck_comments_{constraint}"), type_="check")
        for index in (*INDEXES, "ix_comments_below", "ix_comments_reported"):
            batch_op.drop_index(index)
        for column in COLUMNS:
            batch_op.drop_column(column)
        batch_op.create_check_constraint(op.f("ck_comments_reply_count"), "reply_count >= 0")
        batch_op.create_index("ix_comments_thread", ["article_id", "status", "created_at", "id"], unique=False)

    with op.batch_alter_table("comment_wordings") as batch_op:
        batch_op.drop_index(batch_op.f("ix_comment_wordings_comment_id"))

    op.drop_table("comment_wordings")
    op.drop_table("comment_votes")
    with op.batch_alter_table("comment_notes") as batch_op:
        batch_op.drop_index(batch_op.f("ix_comment_notes_comment_id"))

    op.drop_table("comment_notes")
    op.drop_table("comment_flags")
    op.drop_table("comment_article_rules")
    op.drop_table("comment_rules")
    op.drop_table("comment_bans")
