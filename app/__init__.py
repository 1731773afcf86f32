"""Onrecord: a content API for news that keeps every quote with its speaker, its way and its place."""

import sys

__version__ = "0.1.0"

# structlog takes rich where it is installed, and typer installs it: 5 MB in each process for what nothing here prints.
sys.modules.setdefault("rich", None)  # type: ignore[arg-type]
