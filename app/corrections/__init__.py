"""What was wrong, and what was said about it."""
