import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn
from fastapi import APIRouter, FastAPI

from app import errors
from app.reference import pages

STATIC = Path(pages.__file__).parent / "static"
CHROMIUM = shutil.which("chromium")


def small_api() -> FastAPI:
    """Three operations with what a reference has to draw: a parameter, a body, a bearer scheme, Markdown."""
    app = FastAPI(docs_url=None, redoc_url=None, title="Small", description="Some *Markdown* and `code`.")
    errors.install(app)
    app.state.parameters = {}
    app.include_router(pages.router)
    things = APIRouter(prefix="/v1/things", tags=["things"])

    @things.get("/{number}", operation_id="read_thing")
    def read_thing(number: int) -> dict[str, int]:
        return {"number": number}

    @things.get("", operation_id="list_things")
    def list_things() -> list[int]:
        return []

    @things.post("", operation_id="add_thing")
    def add_thing(thing: dict[str, str]) -> dict[str, str]:
        return thing

    app.include_router(things)
    return app


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """Serve the app on a free loopback port and give its base URL."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
        assert thread.is_alive(), "the server did not start"
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def api() -> Iterator[httpx.Client]:
    with served(small_api()) as url, httpx.Client(base_url=url) as client:
        yield client


def test_each_vendored_file_is_the_one_that_vendor_md_names() -> None:
    rows = re.findall(r"^\| (\S+) \| ([0-9a-f]{64}) \|$", (STATIC / "VENDOR.md").read_text(), re.MULTILINE)
    found = {path.name: sha256(path.read_bytes()).hexdigest() for path in STATIC.iterdir()}
    del found["VENDOR.md"]
    assert dict(rows) == found


def test_the_page_loads_its_own_files_only_and_runs_nothing_inline(api: httpx.Client) -> None:
    html = api.get("/docs").text
    loaded = re.findall(r'(?:src|href)="([^"]*)"', html)
    assert len(loaded) == 5
    for address in loaded:
        assert address in ("data:,", "openapi.json") or address.startswith("docs/")
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script>", html)


def test_every_file_that_the_page_names_is_there_with_its_type(api: httpx.Client) -> None:
    named = re.findall(r'"(docs/[^"]*)"', api.get("/docs").text)
    types = [api.get(f"/{address}").raise_for_status().headers["content-type"] for address in named]
    script = "text/javascript; charset=utf-8"
    assert types == ["text/css; charset=utf-8", script, script]


def test_the_page_is_asked_for_again_and_its_files_are_kept(api: httpx.Client) -> None:
    assert api.get("/docs").headers["cache-control"] == "no-cache"
    assert api.get("/docs/init.js").headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("path", ["/docs", "/docs/init.js", "/docs/swagger-ui.css"])
def test_a_client_that_has_the_bytes_gets_304(api: httpx.Client, path: str) -> None:
    first = api.get(path)
    again = api.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert api.get(path, headers={"If-None-Match": '"other"'}).content == first.content


@pytest.mark.parametrize("name", ["VENDOR.md", "LICENSE", "pages.py", "..%2fpages.py", "static/LICENSE"])
def test_no_other_file_is_served(api: httpx.Client, name: str) -> None:
    assert api.get(f"/docs/{name}").status_code == 404


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH")
def test_chromium_draws_every_operation_and_asks_no_other_host(api: httpx.Client, tmp_path: Path) -> None:
    base = str(api.base_url)
    net_log = tmp_path / "net.json"
    browser = subprocess.run(
        [
            str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}",
            "--enable-logging=stderr", f"--log-net-log={net_log}", "--virtual-time-budget=20000",
            "--dump-dom", f"{base}/docs#/things/add_thing",
        ],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert len(re.findall(r'class="opblock opblock-(?:get|post)', browser.stdout)) == 3
    assert "is-open" in browser.stdout, "the operation in the address's fragment is not unfolded"
    assert "Content Security Policy" not in browser.stderr

    # Chromium's own calls home have no initiator; what the page asks for has the page's origin.
    started = [event.get("params", {}) for event in json.loads(net_log.read_text())["events"]]
    asked = {str(params["url"]) for params in started if params.get("initiator") == base}
    assert {urlsplit(url).path for url in asked} == {
        "/docs/init.js", "/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js", "/openapi.json",
    }  # fmt: skip
    assert {urlsplit(url).netloc for url in asked} == {urlsplit(base).netloc}
