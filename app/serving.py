"""From settings to a server that listens."""

import socket

from app.db import Database, now
from app.migrating import check_schema, upgrade
from app.server import serve, uvicorn_config
from app.settings import Settings
from app.sources.actions import ensure_site


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
    """Let the site's own source bear the name and address that the settings give."""
    with database.writer.session() as session:
        ensure_site(session, name=settings.site_name, url=settings.base_url, at=now())


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

    check_port(host, port)
    app = create_app(settings)
    database: Database = app.state.site.database
    check_schema(database.engine)
    introduce(settings, database)
    config = uvicorn_config(
        app, host=host, port=port, log_level=settings.log_level, trusted_proxies=settings.trusted_proxies
    )
    serve(config)
