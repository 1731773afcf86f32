"""What each role may do. Documentation and tests are generated from this one table."""

SCOPES = {
    "articles:read": "Read articles in any state.",
    "articles:write": "Create articles, edit and trash those that are not published or scheduled.",
    "articles:publish": "Publish, schedule, unpublish; edit what is published; permissions, corrections.",
    "quotes:write": "Add, edit, review and remove quotes.",
    "sources:write": "Create, edit and merge sources.",
    "media:write": "Upload images.",
    "imports:write": "Run imports, export the record.",
    "comments:moderate": "Approve and reject readers' comments.",
    "webhooks:write": "Subscribe other systems to events.",
    "users:write": "Invite, change and disable users.",
    "keys:write": "Create and revoke API keys.",
    "audit:read": "Read and verify the audit log.",
}

_WRITING = {"articles:read", "articles:write", "quotes:write", "sources:write", "media:write"}

RIGHTS: dict[str, frozenset[str]] = {
    "owner": frozenset(SCOPES),
    "editor": frozenset(_WRITING | {"articles:publish", "imports:write", "comments:moderate"}),
    "author": frozenset(_WRITING),
    "moderator": frozenset({"articles:read", "comments:moderate"}),
    "reader": frozenset(),
}
