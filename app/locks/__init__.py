"""Who has an article open for editing: word among colleagues, which keeps nobody out."""
