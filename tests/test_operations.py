"""What operators and their machines ask, and what every answer has, whatever goes wrong behind it."""

import io
import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from app.context import Site
from app.edge import EDGE_PAGES, EDGE_PROBLEMS
from app.logs import configure
from app.main import document
from app.operations.delivery import problem_pages
from app.settings import load
from tests.conftest import SECRET, Api, published
from tests.postgres import Cluster

PATHS = {path: {method.upper() for method in methods} for path, methods in document()["paths"].items()}
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_a_process_that_lives_says_so_whatever_its_database_says(api: Api, writing: Any) -> None:
    assert api.get("/readyz").json() == {"database": "ok", "schema": "ok"}
    with writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = 'of a later release'"))
    assert (api.get("/healthz").status_code, api.get("/healthz").text) == (200, "ok\n")
    answer = api.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert "which is newer than this release" in answer.json()["detail"]


def test_a_database_without_this_releases_schema_is_not_ready(api: Api, writing: Any) -> None:
    with writing() as session:
        session.execute(text("DELETE FROM alembic_version"))
    answer = api.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["type"] == "/problems/unavailable"
    assert answer.json()["detail"].endswith("run: onrecord migrate")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_while_the_database_is_gone_what_needs_it_answers_503_and_later_works_again(
    api: Api, site: Site, postgres: Cluster
) -> None:
    name = site.database.engine.url.database
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as server:
        server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        for path in ("/readyz", "/v1/articles", "/v1/articles/some", "/v1/sources", "/v1/site"):
            answer = api.get(path)
            assert answer.status_code == 503, path
            assert answer.json()["type"] == "/problems/unavailable"
            assert "Retry-After" in answer.headers
        assert api.get("/healthz").status_code == 200
        server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    assert api.get("/readyz").status_code == 200
    assert api.get("/v1/articles").status_code == 200


@SQLITE
def test_metrics_are_labelled_by_operation_and_never_by_what_a_client_sent(api: Api, staff: Api) -> None:
    article = published(staff)
    api.get(f"/v1/articles/{article['slug']}")
    api.get("/v1/articles/canary-slug?fields=canary-field")
    api.get("/canary/path", headers={"X-Request-ID": "canary-request"})
    api.post("/v1/articles", json={"canary": 1})
    answer = api.get("/metrics")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "canary" not in answer.text
    assert article["slug"] not in answer.text
    requests = {
        (sample.labels["operation"], sample.labels["method"], sample.labels["status"]): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        if sample.name == "onrecord_requests_total"
    }
    assert requests["create_article", "POST", "201"] == 1
    assert requests["read_article", "GET", "200"] == 1
    assert requests["none", "GET", "404"] == 1
    assert requests["none", "POST", "405"] == 1


@SQLITE
def test_each_type_of_problem_is_the_address_of_a_page_that_explains_it(api: Api) -> None:
    for slug, (status, title, explanation) in problem_pages().items():
        answer = api.get(f"/problems/{slug}")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert answer.text == f"{title} ({status})\n\n{explanation}\n"


@SQLITE
def test_a_problem_that_does_not_exist_has_no_page(api: Api) -> None:
    assert api.get("/problems/none").status_code == 404
    assert api.get(f"/problems/{'x' * 61}").status_code == 400


def test_each_problem_of_the_edge_is_explained() -> None:
    assert EDGE_PAGES.keys() == EDGE_PROBLEMS.keys()


@SQLITE
def test_every_answer_has_a_request_id_and_keeps_the_callers(api: Api, staff: Api) -> None:
    slug = published(staff)["slug"]
    seen = set()
    for method, path, headers, status in [
        ("GET", f"/v1/articles/{slug}", {}, 200),
        ("GET", f"/v1/articles/{slug}", {"If-None-Match": "*"}, 304),
        ("HEAD", f"/v1/articles/{slug}", {}, 200),
        ("GET", "/v1/articles/none", {}, 404),
        ("GET", "/v1/articles?limit=0", {}, 400),
        ("GET", "/v1/%00", {}, 400),
        ("PUT", "/v1/articles", {"Content-Type": "application/json"}, 405),
        ("GET", "/v1/admin/articles", {}, 401),
        ("GET", "/healthz", {}, 200),
        ("GET", "/docs", {}, 200),
        ("OPTIONS", "/v1/articles", {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}, 200),
    ]:
        answer = api.request(method, path, headers=headers)
        assert answer.status_code == status, path
        assert len(answer.headers["X-Request-ID"]) >= 16
        seen.add(answer.headers["X-Request-ID"])
        if answer.headers.get("Content-Type") == "application/problem+json":
            assert answer.json()["request_id"] == answer.headers["X-Request-ID"]
        again = api.request(method, path, headers=headers | {"X-Request-ID": "given-by.the_proxy-1"})
        assert again.headers["X-Request-ID"] == "given-by.the_proxy-1"
    assert len(seen) == 11


@SQLITE
def test_an_address_that_no_route_has_is_a_problem(api: Api) -> None:
    for path in ("/v1", "/v1/", "/v1/articles/", "/v2/articles", "/V1/articles", "//v1/articles", "/docs/"):
        answer = api.get(f"http://testserver{path}")
        assert answer.status_code == 404, path
        assert answer.json()["type"] == "/problems/not-found"


@SQLITE
def test_a_method_that_a_path_does_not_take_is_answered_with_those_it_takes(api: Api) -> None:
    for path, methods in PATHS.items():
        url = path.replace("{comment_id}", str(UUID(int=7))).replace("{", "x").replace("}", "x")
        others = [
            PATHS[other]
            for other in PATHS.keys() - {"/v1/comments/{comment_id}"}  # which takes ids only
            if re.fullmatch(re.sub(r"{\w+}", "[^/]+", other), path)
        ]
        taken = methods.union(*others)  # `/articles/bulk` could be called so by its slug too
        taken |= {"HEAD"} if "GET" in taken else set()
        for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"} - taken:
            answer = api.request(method, url)
            assert answer.status_code == 405, f"{method} {path}"
            assert set(answer.headers["Allow"].split(", ")) == taken, f"{method} {path}"
            if method != "HEAD":
                assert answer.json()["type"] == "/problems/method-not-allowed"


@pytest.fixture
def log(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What this process writes to its log, in one of the formats."""
    written = io.StringIO()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    monkeypatch.setattr(sys, "stderr", written)
    configure(load(log_format=request.param, secret_key=SECRET, _env_file=None))
    yield written
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def break_down(api: Api) -> Any:
    """Call a route that fails while it holds a secret."""

    def read_broken() -> None:
        password = "hunter2"
        raise RuntimeError("a wrench" if password else "")

    api.app.add_api_route("/v1/broken", read_broken)
    return api.get("/v1/broken?token=hunter2", headers={"Authorization": "Bearer hunter2"})


@SQLITE
def test_a_defect_is_answered_500_and_nothing_of_it_is_told(api: Api) -> None:
    answer = break_down(api)
    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/internal-error"
    for leak in ("wrench", "hunter2", "Traceback", "RuntimeError", "read_broken"):
        assert leak not in answer.text


@SQLITE
@pytest.mark.parametrize("log", ["json", "text"], indirect=True)
def test_a_defect_is_logged_once_with_its_cause_and_without_what_it_held(api: Api, log: io.StringIO) -> None:
    answer = break_down(api)
    written = log.getvalue()
    assert written.count("unhandled_exception") == 1
    assert "RuntimeError: a wrench" in written
    assert answer.headers["X-Request-ID"] in written
    assert "hunter2" not in written


@SQLITE
@pytest.mark.parametrize("log", ["json"], indirect=True)
def test_each_line_of_a_json_log_is_an_object_with_time_and_level(api: Api, log: io.StringIO) -> None:
    break_down(api)
    logging.getLogger("uvicorn.error").warning("a line\nof %s", "uvicorn")
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [(line["event"], line["level"]) for line in lines] == [
        ("unhandled_exception", "error"),
        ("a line\nof uvicorn", "warning"),
    ]
    assert all(line["timestamp"].endswith("Z") for line in lines)


@SQLITE
@pytest.mark.parametrize("log", ["json"], indirect=True)
def test_nothing_is_logged_of_requests_that_went_well_or_were_refused(api: Api, log: io.StringIO) -> None:
    api.get("/v1/articles")
    api.get("/v1/articles?limit=0")
    api.post("/v1/auth/token", data={"grant_type": "password", "username": "a@example.org", "password": "hunter2"})
    assert log.getvalue() == ""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """`onrecord serve` on SQLite, with a log in JSON, and its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    onrecord = str(Path(sys.executable).with_name("onrecord"))
    env = os.environ | {"ONRECORD_DATA_DIR": str(tmp_path / "data"), "ONRECORD_LOG_FORMAT": "json"}
    subprocess.run([onrecord, "migrate"], env=env, cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    with subprocess.Popen(
        [onrecord, "serve", "--port", str(port)], env=env, cwd=tmp_path, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stderr
            for line in process.stderr:
                if "running on" in json.loads(line)["event"]:
                    break
            yield process, port
        finally:
            process.kill()


def test_sigterm_lets_requests_end_and_takes_no_new_ones(served: tuple[subprocess.Popen[str], int]) -> None:
    process, port = served
    head = (
        b"POST /v1/auth/token HTTP/1.1\r\nHost: a.example\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 13\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port)) as slow:
        slow.sendall(head + b"grant_")
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
        slow.sendall(b"type=no")
        slow.settimeout(5)
        assert slow.recv(4096).startswith(b"HTTP/1.1 422 ")
    assert process.stderr
    said = [json.loads(line) for line in process.stderr]
    assert process.wait(timeout=12) in (0, -signal.SIGTERM)
    assert said[-1]["event"].startswith("Finished server process")
    assert {line["level"] for line in said} == {"info"}
