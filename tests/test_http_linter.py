"""What a third party's linter of HTTP, httplint by Mark Nottingham, says of the answers."""

import time
from http.client import HTTPConnection
from typing import Any

import pytest

from tests.served import Origin, origin

__all__ = ["origin"]

httplint = pytest.importorskip("httplint", reason="httplint is not installed: pip install httplint")

SERIOUS = (httplint.levels.WARN, httplint.levels.BAD)
ACCEPTED = {
    "STORE_PUBLIC_UNNECESSARY": "`s-maxage` says it too, but our contract wants the word",
    "STATUS_BAD_REQUEST": "that the request is bad is what we asked for",
}


class Asked:
    """An answer, and what the linter has against it."""

    def __init__(self, origin: Origin, method: str, path: str, body: bytes = b"", **headers: str) -> None:
        host = origin.base.removeprefix("http://")
        sent = {"Host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}
        connection = HTTPConnection(host)
        connection.request(method, path, body=body or None, headers=sent)
        answer = connection.getresponse()
        content, at = answer.read(), time.time()
        connection.close()
        self.status, self.headers = answer.status, answer.headers
        request = httplint.HttpRequestLinter(start_time=at)
        request.process_request_topline(method.encode(), f"{origin.base}{path}".encode(), b"1.1")
        request.process_headers([(name.encode(), value.encode()) for name, value in sent.items()])
        request.finish_content(True)
        linter = httplint.HttpResponseLinter(start_time=at, _related=request, no_content=method == "HEAD")
        linter.process_response_topline(b"1.1", str(answer.status).encode(), answer.reason.encode())
        linter.process_headers([(name.encode(), value.encode("latin-1")) for name, value in answer.getheaders()])
        linter.feed_content(content)
        linter.finish_content(True)
        found = [noted for note in linter.notes for noted in (note, *note.subnotes)]
        self.complaints = [str(note.summary) for note in found if self._counts(note)]

    def _counts(self, note: Any) -> bool:
        return note.level in SERIOUS and type(note).__name__ not in ACCEPTED


def test_the_linter_finds_what_is_wrong() -> None:
    linter = httplint.HttpResponseLinter()
    linter.process_response_topline(b"1.1", b"200", b"OK")
    linter.process_headers([(b"Content-Length", b"5"), (b"ETag", b"unquoted"), (b"Cache-Control", b"max-age=soon")])
    linter.feed_content(b"four")
    linter.finish_content(True)
    assert len([note for note in linter.notes if note.level in SERIOUS]) >= 3


@pytest.mark.parametrize("path", ["/v1/articles", "/v1/articles?limit=100", "/v1/tags", "/v1/sources", "/v1/site"])
@pytest.mark.parametrize("coding", ["identity", "gzip", "br", "zstd"])
def test_reading_is_without_complaint(origin: Origin, path: str, coding: str) -> None:
    for method in ("GET", "HEAD"):
        answer = Asked(origin, method, path, Accept_Encoding=coding)
        assert (answer.status, answer.complaints) == (200, [])
    unchanged = [
        Asked(origin, "GET", path, Accept_Encoding=coding, If_None_Match=answer.headers["ETag"]),
        Asked(origin, "HEAD", path, Accept_Encoding=coding, If_None_Match=f'"other", {answer.headers["ETag"]}'),
    ]
    assert [(one.status, one.complaints) for one in unchanged] == [(304, []), (304, [])]


def test_an_article_and_what_hangs_on_it_are_without_complaint(origin: Origin) -> None:
    article = origin.publish("Linted")
    time.sleep(2)  # a client's date from the second of the change says nothing
    for path in ("", "/quotes", "/sources", "/corrections", "/revisions", "/comments", "?fields=id,title"):
        answer = Asked(origin, "GET", f"/v1/articles/{article['slug']}{path}")
        assert (answer.status, answer.complaints) == (200, []), path
        since = Asked(origin, "GET", f"/v1/articles/{article['slug']}{path}", If_Modified_Since=answer.headers["Date"])
        assert (since.status, since.complaints) == (304, []), path


def test_refusals_and_writing_are_without_complaint(origin: Origin) -> None:
    article = f"/v1/articles/{origin.publish('Linted too')['slug']}"
    json = {"Content_Type": "application/json"}
    asked = {
        "nothing there": (Asked(origin, "GET", "/v1/articles/nothing"), 404),
        "nothing there, without its body": (Asked(origin, "HEAD", "/v1/articles/nothing"), 404),
        "no such parameter": (Asked(origin, "GET", "/v1/articles?nonsense=1"), 400),
        "no such method": (Asked(origin, "DELETE", article), 405),
        "no credential": (Asked(origin, "GET", "/v1/admin/articles"), 401),
        "a comment": (Asked(origin, "POST", f"{article}/comments", b'{"author_name":"A","body":"b"}', **json), 202),
        "a bad one": (Asked(origin, "POST", f"{article}/comments", b"{}", **json), 422),
        "not JSON": (Asked(origin, "POST", f"{article}/comments", b"{", **json), 400),
        "a preflight": (
            Asked(origin, "OPTIONS", article, Origin="https://example.org", Access_Control_Request_Method="GET"),
            200,
        ),
        "health": (Asked(origin, "GET", "/healthz"), 200),
        "metrics": (Asked(origin, "GET", "/metrics"), 200),
        "the reference": (Asked(origin, "GET", "/docs"), 200),
    }
    assert {name: (answer.status, answer.complaints) for name, (answer, _) in asked.items()} == {
        name: (status, []) for name, (_, status) in asked.items()
    }
