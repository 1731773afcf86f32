"""The edge: everything a request must satisfy before the application sees it."""

from app.edge.guard import BodyRule, EdgeGuard
from app.edge.problems import EDGE_PAGES, EDGE_PROBLEMS, Refusal, refused

__all__ = ["EDGE_PAGES", "EDGE_PROBLEMS", "BodyRule", "EdgeGuard", "Refusal", "refused"]
