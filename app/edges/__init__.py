"""The citation graph: what rests on what, as the articles that readers see say it."""
