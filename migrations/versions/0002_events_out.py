"""events out

What subscribers have been told, the log of changes, webhooks with their deliveries; addresses in the audit log that
can be erased. Articles that are here already count as told of if readers see them now.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "webhooks",
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("disabled_for", sa.Text(), nullable=True),
        sa.Column("secret_number", sa.Integer(), nullable=False),
        sa.Column("old_secret_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("disabled_for IN ('gone', 'failing')", name=op.f("ck_webhooks_disabled_for")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )
    op.create_table(
        "announcements",
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("recheck_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_announcements_article_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_announcements")),
    )
    with op.batch_alter_table("announcements", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_announcements_recheck_at"), ["recheck_at"], unique=False)

    op.create_table(
        "deliveries",
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("lane", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("give_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("request", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("answer", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("status IN ('pending', 'delivered', 'failed')", name=op.f("ck_deliveries_status")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_deliveries_event_id")),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name=op.f("fk_deliveries_webhook_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("webhook_id", "event_id", name=op.f("uq_deliveries_webhook_id_event_id")),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index("ix_deliveries_due", ["status", "due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_deliveries_finished_at"), ["finished_at"], unique=False)
        batch_op.create_index("ix_deliveries_lane", ["webhook_id", "lane", "status", "number"], unique=False)

    op.create_table(
        "permission_notices",
        sa.Column("permission_id", sa.Uuid(), nullable=False),
        sa.Column("valid_through", sa.DateTime(timezone=True), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["permission_id"], ["permissions.id"], name=op.f("fk_permission_notices_permission_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("permission_id", name=op.f("pk_permission_notices")),
    )
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("address_salt", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("address_seal", sa.Text(), nullable=True))

    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.add_column(sa.Column("article_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("released_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("position", sa.BigInteger(), nullable=True))
        batch_op.create_index(
            "ix_events_unreleased",
            ["number"],
            unique=False,
            sqlite_where=sa.text("released_at IS NULL"),
            postgresql_where=sa.text("released_at IS NULL"),
        )
        batch_op.create_unique_constraint(batch_op.f("uq_events_position"), ["position"])

    op.execute("UPDATE events SET article_id = subject_id WHERE kind LIKE 'article.%'")
    at = sa.func.current_timestamp()
    r = sa.table("renditions", *(sa.column(name) for name in ("article_id", "visible_from", "visible_until")))
    now_seen = sa.and_(r.c.visible_from <= at, sa.or_(r.c.visible_until.is_(None), r.c.visible_until > at))
    told = sa.table("announcements", *(sa.column(name) for name in ("article_id", "is_public", "recheck_at")))
    # Each is looked at once more by the first worker, which finds out when a date will next change something.
    rows = sa.select(r.c.article_id, sa.func.max(sa.case((now_seen, 1), else_=0)) == 1, at).group_by(r.c.article_id)
    op.execute(sa.insert(told).from_select(["article_id", "is_public", "recheck_at"], rows))


def downgrade() -> None:
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_events_position"), type_="unique")
        batch_op.drop_index(
            "ix_events_unreleased",
            sqlite_where=sa.text("released_at IS NULL"),
            postgresql_where=sa.text("released_at IS NULL"),
        )
        batch_op.drop_column("position")
        batch_op.drop_column("released_at")
        batch_op.drop_column("article_id")

    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.drop_column("address_seal")
        batch_op.drop_column("address_salt")

    op.drop_table("permission_notices")
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index("ix_deliveries_lane")
        batch_op.drop_index(batch_op.f("ix_deliveries_finished_at"))
        batch_op.drop_index("ix_deliveries_due")

    op.drop_table("deliveries")
    with op.batch_alter_table("announcements", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_announcements_recheck_at"))

    op.drop_table("announcements")
    op.drop_table("webhooks")
