"""The right under which a reprint stands."""
