"""first schema

The tables of `app/models.py`, and the full-text index over `search_documents` in each engine's own kind.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


FTS5 = """
    CREATE VIRTUAL TABLE search_index USING fts5(
        keys, text,
        content='search_documents', content_rowid='id', columnsize=0, tokenize="ascii tokenchars ':-'"
    )
"""
FTS5_LEARNS = """
    CREATE TRIGGER search_documents_inserted AFTER INSERT ON search_documents BEGIN
        INSERT INTO search_index (rowid, keys, text) VALUES (new.id, new.keys, new.text);
    END
"""
FTS5_FORGETS = """
    CREATE TRIGGER search_documents_deleted AFTER DELETE ON search_documents BEGIN
        INSERT INTO search_index (search_index, rowid, keys, text) VALUES ('delete', old.id, old.keys, old.text);
    END
"""
GIN = "CREATE INDEX ix_search_documents_words ON search_documents USING gin (words) WITH (fastupdate = off)"


def upgrade() -> None:
    op.create_table(
        "articles",
        sa.Column("slug", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("canonical_url", sa.Text(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("modified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("comments_state", sa.Text(), nullable=False),
        sa.Column("comment_count", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("comments_state IN ('open', 'held', 'closed')", name=op.f("ck_articles_comments_state")),
        sa.CheckConstraint(
            "status IN ('draft', 'in_review', 'scheduled', 'published', 'unpublished', 'trashed')",
            name=op.f("ck_articles_status"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('scheduled', 'published') OR (published_at IS NOT NULL AND updated_at IS NOT NULL)",
            name=op.f("ck_articles_public_has_dates"),
        ),
        sa.CheckConstraint("comment_count >= 0", name=op.f("ck_articles_comment_count")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_articles")),
        sa.UniqueConstraint("slug", name=op.f("uq_articles_slug")),
    )
    op.create_index(op.f("ix_articles_modified_at"), "articles", ["modified_at"], unique=False)
    op.create_index("ix_articles_published", "articles", ["published_at", "id"], unique=False)
    op.create_index("ix_articles_updated", "articles", ["updated_at", "id"], unique=False)
    op.create_table(
        "audit_entries",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("object_kind", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("after", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_entries")),
    )
    op.create_index(op.f("ix_audit_entries_object_id"), "audit_entries", ["object_id"], unique=False)
    op.create_table(
        "authors",
        sa.Column("slug", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("name", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authors")),
        sa.UniqueConstraint("name", name=op.f("uq_authors_name")),
        sa.UniqueConstraint("slug", name=op.f("uq_authors_slug")),
    )
    op.create_table(
        "events",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_events")),
        sa.UniqueConstraint("id", name=op.f("uq_events_id")),
    )
    op.create_index(op.f("ix_events_subject_id"), "events", ["subject_id"], unique=False)
    op.create_table(
        "kept_answers",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_answers")),
        sa.UniqueConstraint("key", name=op.f("uq_kept_answers_key")),
    )
    op.create_index(op.f("ix_kept_answers_made_at"), "kept_answers", ["made_at"], unique=False)
    op.create_table(
        "sources",
        sa.Column("slug", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("is_site", sa.Boolean(), nullable=False),
        sa.Column("merged_into_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('person', 'organization', 'publication', 'document', 'unnamed')", name=op.f("ck_sources_kind")
        ),
        sa.CheckConstraint("merged_into_id <> id", name=op.f("ck_sources_not_into_itself")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["sources.id"], name=op.f("fk_sources_merged_into_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
        sa.UniqueConstraint("slug", name=op.f("uq_sources_slug")),
    )
    op.create_index(op.f("ix_sources_merged_into_id"), "sources", ["merged_into_id"], unique=False)
    op.create_index(op.f("ix_sources_modified_at"), "sources", ["modified_at"], unique=False)
    op.create_index(
        "uq_sources_site",
        "sources",
        ["is_site"],
        unique=True,
        sqlite_where=sa.text("is_site"),
        postgresql_where=sa.text("is_site"),
    )
    op.create_table(
        "tags",
        sa.Column("slug", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("name", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tags")),
        sa.UniqueConstraint("name", name=op.f("uq_tags_name")),
        sa.UniqueConstraint("slug", name=op.f("uq_tags_slug")),
    )
    op.create_table(
        "touches",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_touches")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_touches_made_at"), "touches", ["made_at"], unique=False)
    op.create_table(
        "users",
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("role IN ('owner', 'editor', 'author', 'moderator', 'reader')", name=op.f("ck_users_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_table(
        "api_keys",
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_api_keys_owner_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_keys_digest")),
        sa.UniqueConstraint("prefix", name=op.f("uq_api_keys_prefix")),
    )
    op.create_index(op.f("ix_api_keys_owner_id"), "api_keys", ["owner_id"], unique=False)
    op.create_table(
        "article_slugs",
        sa.Column("slug", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_article_slugs_article_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_article_slugs")),
    )
    op.create_index(op.f("ix_article_slugs_article_id"), "article_slugs", ["article_id"], unique=False)
    op.create_table(
        "bylines",
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_bylines_article_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["author_id"], ["authors.id"], name=op.f("fk_bylines_author_id")),
        sa.PrimaryKeyConstraint("article_id", "author_id", name=op.f("pk_bylines")),
    )
    op.create_index(op.f("ix_bylines_author_id"), "bylines", ["author_id"], unique=False)
    op.create_table(
        "labels",
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_labels_article_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("fk_labels_tag_id")),
        sa.PrimaryKeyConstraint("article_id", "tag_id", name=op.f("pk_labels")),
    )
    op.create_index(op.f("ix_labels_tag_id"), "labels", ["tag_id"], unique=False)
    op.create_table(
        "mastheads",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("article_url", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_mastheads_one")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_mastheads_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mastheads")),
    )
    op.create_table(
        "origins",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_origins_article_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_origins")),
    )
    op.create_index(op.f("ix_origins_article_id"), "origins", ["article_id"], unique=False)
    op.create_table(
        "permissions",
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column("assigner_id", sa.Uuid(), nullable=False),
        sa.Column("credit", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_through", sa.DateTime(timezone=True), nullable=True),
        sa.Column("on_expire", sa.Text(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("on_expire IN ('stub', 'redirect', 'gone')", name=op.f("ck_permissions_on_expire")),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_permissions_not_its_own_parent")),
        sa.CheckConstraint("valid_from < valid_through", name=op.f("ck_permissions_span")),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_permissions_article_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["assigner_id"], ["sources.id"], name=op.f("fk_permissions_assigner_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["permissions.id"], name=op.f("fk_permissions_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_permissions")),
    )
    op.create_index(op.f("ix_permissions_article_id"), "permissions", ["article_id"], unique=False)
    op.create_index(op.f("ix_permissions_assigner_id"), "permissions", ["assigner_id"], unique=False)
    op.create_index(op.f("ix_permissions_parent_id"), "permissions", ["parent_id"], unique=False)
    op.create_index(op.f("ix_permissions_valid_from"), "permissions", ["valid_from"], unique=False)
    op.create_index(op.f("ix_permissions_valid_through"), "permissions", ["valid_through"], unique=False)
    op.create_table(
        "quotes",
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_quotes_article_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotes")),
    )
    op.create_index(op.f("ix_quotes_article_id"), "quotes", ["article_id"], unique=False)
    op.create_table(
        "renditions",
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column("visible_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("visible_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("title", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("card", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("visible_from < visible_until", name=op.f("ck_renditions_span")),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_renditions_article_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("article_id", "visible_from", name=op.f("pk_renditions")),
    )
    op.create_index(op.f("ix_renditions_changed_at"), "renditions", ["changed_at"], unique=False)
    op.create_index("ix_renditions_published", "renditions", ["published_at", "article_id"], unique=False)
    op.create_index("ix_renditions_title", "renditions", ["title", "article_id"], unique=False)
    op.create_index("ix_renditions_updated", "renditions", ["updated_at", "article_id"], unique=False)
    op.create_index(op.f("ix_renditions_visible_until"), "renditions", ["visible_until"], unique=False)
    op.create_table(
        "revisions",
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("public_number", sa.Integer(), nullable=True),
        sa.Column("public_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("title", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("markdown", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(public_number IS NULL) = (public_at IS NULL)", name=op.f("ck_revisions_public")),
        sa.CheckConstraint("number >= 1 AND public_number >= 1", name=op.f("ck_revisions_numbers")),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_revisions_article_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_revisions_author_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revisions")),
        sa.UniqueConstraint("article_id", "number", name=op.f("uq_revisions_article_id_number")),
        sa.UniqueConstraint("article_id", "public_number", name=op.f("uq_revisions_article_id_public_number")),
    )
    op.create_index(op.f("ix_revisions_author_id"), "revisions", ["author_id"], unique=False)
    op.create_index(
        "uq_revisions_current",
        "revisions",
        ["article_id"],
        unique=True,
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )
    op.create_table(
        "search_documents",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("keys", sa.Text(), nullable=False),
        sa.Column("weights", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("words", sa.Text().with_variant(postgresql.TSVECTOR(), "postgresql"), nullable=True),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_search_documents_article_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_documents")),
        sa.UniqueConstraint("article_id", name=op.f("uq_search_documents_article_id")),
    )
    op.create_table(
        "source_links",
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name=op.f("fk_source_links_source_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_links")),
    )
    op.create_index(op.f("ix_source_links_source_id"), "source_links", ["source_id"], unique=False)
    op.create_table(
        "source_names",
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name=op.f("fk_source_names_source_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_names")),
    )
    op.create_index(op.f("ix_source_names_folded"), "source_names", ["folded"], unique=False)
    op.create_index(op.f("ix_source_names_source_id"), "source_names", ["source_id"], unique=False)
    op.create_table(
        "source_roles",
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_through", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("valid_from <= valid_through", name=op.f("ck_source_roles_span")),
        sa.ForeignKeyConstraint(["organization_id"], ["sources.id"], name=op.f("fk_source_roles_organization_id")),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name=op.f("fk_source_roles_source_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_roles")),
    )
    op.create_index(op.f("ix_source_roles_organization_id"), "source_roles", ["organization_id"], unique=False)
    op.create_index(op.f("ix_source_roles_source_id"), "source_roles", ["source_id"], unique=False)
    op.create_table(
        "tokens",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("family", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("kind IN ('access', 'refresh')", name=op.f("ck_tokens_kind")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_tokens_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_tokens_digest")),
    )
    op.create_index(op.f("ix_tokens_family"), "tokens", ["family"], unique=False)
    op.create_index(op.f("ix_tokens_user_id"), "tokens", ["user_id"], unique=False)
    op.create_table(
        "citations",
        sa.Column("revision_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.CheckConstraint("role IN ('speaker', 'via', 'cited', 'reprinted_from')", name=op.f("ck_citations_role")),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revisions.id"], name=op.f("fk_citations_revision_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_citations_source_id")),
        sa.PrimaryKeyConstraint("revision_id", "source_id", "role", name=op.f("pk_citations")),
    )
    op.create_index(op.f("ix_citations_source_id"), "citations", ["source_id"], unique=False)
    op.create_table(
        "comments",
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("quote_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("email_digest", sa.Text(), nullable=True),
        sa.Column("address_digest", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("edit_token_digest", sa.Text(), nullable=True),
        sa.Column("editable_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply_count", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("kind IN ('comment', 'challenge')", name=op.f("ck_comments_kind")),
        sa.CheckConstraint(
            "status IN ('pending', 'approved', 'rejected', 'spam', 'deleted')", name=op.f("ck_comments_status")
        ),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_comments_not_its_own_parent")),
        sa.CheckConstraint("reply_count >= 0", name=op.f("ck_comments_reply_count")),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_comments_article_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["comments.id"], name=op.f("fk_comments_parent_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["quote_id"], ["quotes.id"], name=op.f("fk_comments_quote_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
    )
    op.create_index(op.f("ix_comments_address_digest"), "comments", ["address_digest"], unique=False)
    op.create_index(op.f("ix_comments_email_digest"), "comments", ["email_digest"], unique=False)
    op.create_index(op.f("ix_comments_parent_id"), "comments", ["parent_id"], unique=False)
    op.create_index("ix_comments_queue", "comments", ["status", "created_at", "id"], unique=False)
    op.create_index(op.f("ix_comments_quote_id"), "comments", ["quote_id"], unique=False)
    op.create_index("ix_comments_thread", "comments", ["article_id", "status", "created_at", "id"], unique=False)
    op.create_table(
        "corrections",
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column("revision_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("target_exact", sa.Text(), nullable=True),
        sa.Column("target_start", sa.Integer(), nullable=True),
        sa.Column("target_end", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('correction', 'clarification', 'update', 'retraction', 'editors_note')",
            name=op.f("ck_corrections_kind"),
        ),
        sa.CheckConstraint("target_start >= 0 AND target_start < target_end", name=op.f("ck_corrections_target_span")),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_corrections_article_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revisions.id"], name=op.f("fk_corrections_revision_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    op.create_index(op.f("ix_corrections_article_id"), "corrections", ["article_id"], unique=False)
    op.create_index(op.f("ix_corrections_published_at"), "corrections", ["published_at"], unique=False)
    op.create_index(op.f("ix_corrections_revision_id"), "corrections", ["revision_id"], unique=False)
    op.create_table(
        "feed_rows",
        sa.Column("key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column("visible_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("visible_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["article_id", "visible_from"],
            ["renditions.article_id", "renditions.visible_from"],
            name=op.f("fk_feed_rows_article_id_visible_from"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("key", "published_at", "article_id", "visible_from", name=op.f("pk_feed_rows")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_feed_rows_rendition", "feed_rows", ["article_id", "visible_from"], unique=False)
    op.create_table(
        "placements",
        sa.Column("quote_id", sa.Uuid(), nullable=False),
        sa.Column("revision_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("exact", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("suffix", sa.Text(), nullable=False),
        sa.Column("start_at", sa.Integer(), nullable=True),
        sa.Column("end_at", sa.Integer(), nullable=True),
        sa.Column("speaker_id", sa.Uuid(), nullable=True),
        sa.Column("mention_start", sa.Integer(), nullable=True),
        sa.Column("mention_end", sa.Integer(), nullable=True),
        sa.Column("cue_start", sa.Integer(), nullable=True),
        sa.Column("cue_end", sa.Integer(), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("review", sa.Text(), nullable=False),
        sa.Column("anchor", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.Column("rule", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(anchor = 'orphaned') = (start_at IS NULL) AND (start_at IS NULL) = (end_at IS NULL)",
            name=op.f("ck_placements_place"),
        ),
        sa.CheckConstraint("anchor IN ('anchored', 'moved', 'changed', 'orphaned')", name=op.f("ck_placements_anchor")),
        sa.CheckConstraint("kind IN ('direct', 'mixed', 'indirect', 'block')", name=op.f("ck_placements_kind")),
        sa.CheckConstraint("review IN ('suggested', 'confirmed', 'rejected')", name=op.f("ck_placements_review")),
        sa.CheckConstraint("confidence >= 0 AND confidence <= 1", name=op.f("ck_placements_confidence")),
        sa.CheckConstraint("cue_start >= 0 AND cue_start < cue_end", name=op.f("ck_placements_cue_span")),
        sa.CheckConstraint(
            "mention_start >= 0 AND mention_start < mention_end", name=op.f("ck_placements_mention_span")
        ),
        sa.CheckConstraint("start_at >= 0 AND start_at < end_at", name=op.f("ck_placements_span")),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["quotes.id"], name=op.f("fk_placements_parent_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["quote_id"], ["quotes.id"], name=op.f("fk_placements_quote_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revisions.id"], name=op.f("fk_placements_revision_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["speaker_id"], ["sources.id"], name=op.f("fk_placements_speaker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placements")),
        sa.UniqueConstraint("quote_id", "revision_id", name=op.f("uq_placements_quote_id_revision_id")),
    )
    op.create_index(op.f("ix_placements_parent_id"), "placements", ["parent_id"], unique=False)
    op.create_index(op.f("ix_placements_revision_id"), "placements", ["revision_id"], unique=False)
    op.create_index(op.f("ix_placements_speaker_id"), "placements", ["speaker_id"], unique=False)
    op.create_table(
        "hops",
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("date", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["placements.id"], name=op.f("fk_hops_placement_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_hops_source_id")),
        sa.PrimaryKeyConstraint("placement_id", "position", name=op.f("pk_hops")),
    )
    op.create_index(op.f("ix_hops_source_id"), "hops", ["source_id"], unique=False)
    for made in (FTS5, FTS5_LEARNS, FTS5_FORGETS) if op.get_bind().dialect.name == "sqlite" else (GIN,):
        op.execute(made)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_index")
    op.drop_index(op.f("ix_hops_source_id"), table_name="hops")
    op.drop_table("hops")
    op.drop_index(op.f("ix_placements_speaker_id"), table_name="placements")
    op.drop_index(op.f("ix_placements_revision_id"), table_name="placements")
    op.drop_index(op.f("ix_placements_parent_id"), table_name="placements")
    op.drop_table("placements")
    op.drop_index("ix_feed_rows_rendition", table_name="feed_rows")
    op.drop_table("feed_rows")
    op.drop_index(op.f("ix_corrections_revision_id"), table_name="corrections")
    op.drop_index(op.f("ix_corrections_published_at"), table_name="corrections")
    op.drop_index(op.f("ix_corrections_article_id"), table_name="corrections")
    op.drop_table("corrections")
    op.drop_index("ix_comments_thread", table_name="comments")
    op.drop_index(op.f("ix_comments_quote_id"), table_name="comments")
    op.drop_index("ix_comments_queue", table_name="comments")
    op.drop_index(op.f("ix_comments_parent_id"), table_name="comments")
    op.drop_index(op.f("ix_comments_email_digest"), table_name="comments")
    op.drop_index(op.f("ix_comments_address_digest"), table_name="comments")
    op.drop_table("comments")
    op.drop_index(op.f("ix_citations_source_id"), table_name="citations")
    op.drop_table("citations")
    op.drop_index(op.f("ix_tokens_user_id"), table_name="tokens")
    op.drop_index(op.f("ix_tokens_family"), table_name="tokens")
    op.drop_table("tokens")
    op.drop_index(op.f("ix_source_roles_source_id"), table_name="source_roles")
    op.drop_index(op.f("ix_source_roles_organization_id"), table_name="source_roles")
    op.drop_table("source_roles")
    op.drop_index(op.f("ix_source_names_source_id"), table_name="source_names")
    op.drop_index(op.f("ix_source_names_folded"), table_name="source_names")
    op.drop_table("source_names")
    op.drop_index(op.f("ix_source_links_source_id"), table_name="source_links")
    op.drop_table("source_links")
    op.drop_table("search_documents")
    op.drop_index(
        "uq_revisions_current",
        table_name="revisions",
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )
    op.drop_index(op.f("ix_revisions_author_id"), table_name="revisions")
    op.drop_table("revisions")
    op.drop_index(op.f("ix_renditions_visible_until"), table_name="renditions")
    op.drop_index("ix_renditions_updated", table_name="renditions")
    op.drop_index("ix_renditions_title", table_name="renditions")
    op.drop_index("ix_renditions_published", table_name="renditions")
    op.drop_index(op.f("ix_renditions_changed_at"), table_name="renditions")
    op.drop_table("renditions")
    op.drop_index(op.f("ix_quotes_article_id"), table_name="quotes")
    op.drop_table("quotes")
    op.drop_index(op.f("ix_permissions_valid_through"), table_name="permissions")
    op.drop_index(op.f("ix_permissions_valid_from"), table_name="permissions")
    op.drop_index(op.f("ix_permissions_parent_id"), table_name="permissions")
    op.drop_index(op.f("ix_permissions_assigner_id"), table_name="permissions")
    op.drop_index(op.f("ix_permissions_article_id"), table_name="permissions")
    op.drop_table("permissions")
    op.drop_index(op.f("ix_origins_article_id"), table_name="origins")
    op.drop_table("origins")
    op.drop_table("mastheads")
    op.drop_index(op.f("ix_labels_tag_id"), table_name="labels")
    op.drop_table("labels")
    op.drop_index(op.f("ix_bylines_author_id"), table_name="bylines")
    op.drop_table("bylines")
    op.drop_index(op.f("ix_article_slugs_article_id"), table_name="article_slugs")
    op.drop_table("article_slugs")
    op.drop_index(op.f("ix_api_keys_owner_id"), table_name="api_keys")
    op.drop_table("api_keys")
    op.drop_table("users")
    op.drop_index(op.f("ix_touches_made_at"), table_name="touches")
    op.drop_table("touches")
    op.drop_table("tags")
    op.drop_index(
        "uq_sources_site", table_name="sources", sqlite_where=sa.text("is_site"), postgresql_where=sa.text("is_site")
    )
    op.drop_index(op.f("ix_sources_modified_at"), table_name="sources")
    op.drop_index(op.f("ix_sources_merged_into_id"), table_name="sources")
    op.drop_table("sources")
    op.drop_index(op.f("ix_kept_answers_made_at"), table_name="kept_answers")
    op.drop_table("kept_answers")
    op.drop_index(op.f("ix_events_subject_id"), table_name="events")
    op.drop_table("events")
    op.drop_table("authors")
    op.drop_index(op.f("ix_audit_entries_object_id"), table_name="audit_entries")
    op.drop_table("audit_entries")
    op.drop_index("ix_articles_updated", table_name="articles")
    op.drop_index("ix_articles_published", table_name="articles")
    op.drop_index(op.f("ix_articles_modified_at"), table_name="articles")
    op.drop_table("articles")
