"""What changed in public, in order, for mirrors."""
