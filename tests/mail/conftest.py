import threading
from collections.abc import Callable, Iterator

import anyio.from_thread
import pytest
from fastapi import FastAPI

from app.context import Site
from app.mail.sending import Postman
from app.settings import Settings
from app.worker import COMPOSE
from tests.comments.world import At, Elsewhere
from tests.mail.postbox import Postbox, receiving


@pytest.fixture(scope="session")
def mail_server() -> Iterator[Postbox]:
    with receiving() as box:
        yield box


@pytest.fixture
def postbox(mail_server: Postbox) -> Postbox:
    mail_server.got.clear()
    mail_server.answers.clear()
    return mail_server


@pytest.fixture
def settings(settings: Settings, postbox: Postbox) -> Settings:
    given = {
        "smtp_host": "127.0.0.1",
        "smtp_port": postbox.port,
        "smtp_tls": "none",
        "mail_from": "post@harbour.example",
    }
    return settings.model_copy(update={"cache_mb": 0, "registration": True} | given)


@pytest.fixture
def at(portal: anyio.from_thread.BlockingPortal, app: FastAPI) -> At:
    return lambda address: Elsewhere(portal, app, address)


@pytest.fixture
def work(site: Site) -> Callable[[], None]:
    """Sends what is due, as a worker does."""
    return Postman(site.database, site.settings, COMPOSE, threading.Event()).work
