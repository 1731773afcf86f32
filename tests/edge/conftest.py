from collections.abc import Iterator

import pytest

from app.edge import EdgeGuard
from tests.edge.wire import Echo, Served, guarded, serving


@pytest.fixture(scope="session")
def app() -> EdgeGuard:
    return guarded(Echo())


@pytest.fixture(scope="session")
def served(app: EdgeGuard) -> Iterator[Served]:
    with serving(app) as server:
        yield server
