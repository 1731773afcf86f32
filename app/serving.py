"""From settings to a server that listens."""

import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog
from sqlalchemy.exc import IntegrityError

from app.articles import renditions
from app.comments.external import check_address
from app.db import Database, now
from app.logs import configure
from app.migrating import check_schema, upgrade
from app.server import serve, share_heap, uvicorn_config
from app.settings import Settings
from app.supervisor import Place, Supervisor


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
    """Let the site publish under the name and addresses, and with the demands on quotes, that the settings give."""
    at = now()
    # Another process that starts at this moment may be faster, and has done the same.
    with suppress(IntegrityError), database.writer.session() as session:
        given = {"name": settings.site_name, "url": settings.base_url, "article_url": settings.article_url}
        if renditions.introduce(session, **given, requires=settings.publish_requires, at=at):
            renditions.rebuild(session, at=at)


def listen(host: str, port: int) -> socket.socket:
    """A socket for connections to this address. Raises `PortTaken`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise PortTaken(f"Cannot listen on {host}:{port} ({error.strerror}); choose another with --port.") from None


def run(settings: Settings, *, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises `PortTaken`, `WrongSettings`, `WrongSchema` for another release's database, or `WorkerFailed`.
    """
    from app.main import create_app

    share_heap()
    check_address(settings)

    database = Database(settings.database)
    try:
        check_schema(database.engine)
        sock = listen(host, port)
        introduce(settings, database)
    finally:
        database.close()

    def work(place: Place | None, ready: Callable[[], None]) -> None:
        app = create_app(settings, place=place)
        config = uvicorn_config(
            app, host=host, port=port, log_level=settings.log_level, trusted_proxies=settings.trusted_proxies
        )
        serve(config, sock=sock, ready=ready)

    with sock:
        configure(settings)
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}"

        def ready() -> None:
            structlog.get_logger("onrecord").info(f"running on {address}", workers=settings.workers)

        if settings.workers == 1:
            work(None, ready)
            return
        with TemporaryDirectory(prefix="onrecord-") as folder:
            Supervisor(
                lambda number, up: work(Place(number, Path(folder)), up),
                count=settings.workers,
                sock=sock,
                ready=ready,
            ).run()
