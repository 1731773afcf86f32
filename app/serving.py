"""From settings to a server that listens."""

import socket
from contextlib import suppress

from sqlalchemy.exc import IntegrityError

from app.articles import renditions
from app.db import Database, now
from app.migrating import check_schema, upgrade
from app.server import serve, uvicorn_config
from app.settings import Settings


class PortTaken(OSError):
    """Another program listens there."""


def prepare(settings: Settings) -> None:
    """The data directory, the database with this release's schema, and the site's own source are there."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    assert settings.secret  # noqa: S101 (makes the secret now, so that a read-only directory shows at once)
    upgrade(settings.database)
    database = Database(settings.database)
    try:
        introduce(settings, database)
    finally:
        database.close()


def introduce(settings: Settings, database: Database) -> None:
    """Let the site publish under the name and addresses that the settings give."""
    at = now()
    # Another process that starts at this moment may be faster, and has done the same.
    with suppress(IntegrityError), database.writer.session() as session:
        given = {"name": settings.site_name, "url": settings.base_url, "article_url": settings.article_url}
        if renditions.introduce(session, **given, at=at):
            renditions.rebuild(session, at=at)


def check_port(host: str, port: int) -> None:
    """Raises `PortTaken` if nobody could listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(f"Cannot listen on {host}:{port} ({error.strerror}); choose another with --port.") from None


def run(settings: Settings, *, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT. Raises `PortTaken`, or `WrongSchema` for another release's database."""
    from app.main import create_app

    database = Database(settings.database)
    try:
        check_schema(database.engine)
        check_port(host, port)
        introduce(settings, database)
    finally:
        database.close()
    app = create_app(settings)
    config = uvicorn_config(
        app, host=host, port=port, log_level=settings.log_level, trusted_proxies=settings.trusted_proxies
    )
    serve(config)
