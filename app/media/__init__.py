"""Images: what was uploaded, what browsers get of it, and which articles show it."""
