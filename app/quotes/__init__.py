"""Words with a speaker, the way they came, and an exact place in one revision."""
