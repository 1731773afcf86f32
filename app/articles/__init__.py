"""Articles, their revisions, slugs, authors and tags."""
