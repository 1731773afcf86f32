"""Telling other systems: who wants to hear of what, and what became of each attempt to tell them."""
