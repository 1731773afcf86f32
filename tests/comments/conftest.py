from typing import Any

import anyio.from_thread
import pytest
from fastapi import FastAPI

from app.settings import Settings
from tests.comments.world import At, Elsewhere, open_article
from tests.conftest import Api


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Without the cache, which on PostgreSQL hears of a change a moment after it."""
    return settings.model_copy(update={"cache_mb": 0})


@pytest.fixture
def at(portal: anyio.from_thread.BlockingPortal, app: FastAPI) -> At:
    return lambda address: Elsewhere(portal, app, address)


@pytest.fixture
def piece(staff: Api) -> dict[str, Any]:
    """A public article on a site where comments are seen at once."""
    return open_article(staff)
