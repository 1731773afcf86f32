"""The record across all public articles: quotes, sources, tags, authors, corrections, and the site itself."""
