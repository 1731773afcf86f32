"""Anyone or anything that an article relies on."""
