"""Structured logs on standard error: one line or one JSON object for each event."""

import logging
import sys
from typing import Any

import structlog

from app.settings import Settings


def configure(settings: Settings) -> None:
    """Make structlog and the standard library's loggers write alike. Nothing is logged of a request that went well."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Any] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if settings.log_format == "json"
        # The plain traceback: the pretty one prints local variables, passwords among them.
        else [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]
    )
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for server in ("uvicorn", "uvicorn.error"):  # whatever set them up before, they write as all others do
        logging.getLogger(server).handlers.clear()
        logging.getLogger(server).propagate = True
        logging.getLogger(server).setLevel(logging.NOTSET)
    for chatty in ("alembic", "httpx"):
        logging.getLogger(chatty).setLevel(max(level, logging.WARNING))
