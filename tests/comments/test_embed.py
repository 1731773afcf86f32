"""`examples/comments.html` in Chromium, from another origin: everything by the keyboard alone.

`python -m tests.comments.test_embed` writes the hashes of its policy anew.
"""

import base64
import hashlib
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.comments.models import Subscriber
from tests.chromium import CHROMIUM, Page, chromium
from tests.comments.world import Json, decide, edited, one_engine, open_article, posted, queue, rule
from tests.conftest import Api
from tests.streamed import serving

Reading = Callable[[], AbstractContextManager[Session]]

PAGE = Path(__file__).parents[2] / "examples" / "comments.html"
ATTACK = "<img src=x onerror=alert(1)><script>document.title='taken'</script>[x](javascript:alert(1)) **bold**"


def sealed(page: str) -> str:
    """The page with the hashes of its style and script in its policy (CSP 3, 2.3.1)."""
    for name in ("style", "script"):
        (content,) = re.findall(rf"<{name}>(.*?)</{name}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        page = re.sub(rf"{name}-src 'sha256-[^']*'", lambda _, n=name, d=digest: f"{n}-src 'sha256-{d}'", page)  # type: ignore[misc]
    return page


def test_its_policy_allows_its_own_style_and_script_and_no_other() -> None:
    page = PAGE.read_text()
    assert page == sealed(page), "run python -m tests.comments.test_embed"
    assert "default-src 'none'" in page
    assert "unsafe" not in page
    for way_in in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "setHTML"):
        assert way_in not in page, way_in
    assert not re.search(r"<[a-z]+ [^>]*\b(on[a-z]+|style)=", page), "handlers and styles in the markup"


class Files(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@contextmanager
def hosted() -> Iterator[str]:
    """Where the page is, on an origin of its own."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, directory=PAGE.parent)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/comments.html"
        server.shutdown()


@pytest.fixture
def page(database_url: str, tmp_path: Path, staff: Api) -> Iterator[tuple[Page, Json]]:
    """The page with the thread of an article on a site where comments are seen at once."""
    piece = open_article(staff)
    with (
        serving(database_url, tmp_path) as (base, _),
        hosted() as address,
        chromium(tmp_path / "profile") as made,
    ):
        made.open(f"{address}?api={base}&article={piece['slug']}")
        made.until("document.querySelector('#write form')")
        yield made, piece


def status(page: Page, words: str) -> None:
    page.until(f"document.getElementById('status').textContent.includes({words!r})")


def texts(page: Page) -> list[str]:
    found: list[str] = page.run("[...document.querySelectorAll('#thread .words')].map(e => e.textContent)")
    return found


def say(page: Page, body: str, name: str | None = None) -> None:
    """Fill in the form that has the focus, and send it."""
    if name:
        page.write(name)
        page.press("Tab")
    page.write(body)
    page.press("Tab")
    page.press("Enter")


@one_engine
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH")
def test_it_offers_word_by_e_mail_where_the_site_sends_some(
    database_url: str, tmp_path: Path, staff: Api, reading: Reading
) -> None:
    piece = open_article(staff)
    mail = {"ONRECORD_SMTP_HOST": "127.0.0.1", "ONRECORD_SMTP_PORT": "1", "ONRECORD_MAIL_FROM": "site@example.org"}
    with (
        serving(database_url, tmp_path, ONRECORD_SMTP_TLS="none", **mail) as (base, _),
        hosted() as address,
        chromium(tmp_path / "profile") as here,
    ):
        here.open(f"{address}?api={base}&article={piece['slug']}")
        here.until("document.querySelector('#write input[type=email]') !== null")
        for email, mails in (("", 0), ("ada@example.org", 1)):
            here.reach("input[name=author_name]")
            here.run("document.activeElement.select()")
            here.write("Ada")
            here.press("Tab")
            here.write(f"Well put, {mails}.")
            here.press("Tab")
            here.write(email)
            here.press("Enter")
            here.until(f"document.getElementById('thread').textContent.includes('Well put, {mails}.')")
            with reading() as session:
                assert session.scalar(select(func.count()).select_from(Subscriber)) == mails


@one_engine
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH")
def test_a_reader_does_everything_with_the_keyboard(page: tuple[Page, Json], api: Api, staff: Api) -> None:
    here, piece = page
    status(here, "0 comments")
    here.reach("input[name=author_name]")
    say(here, ATTACK, name="Ada <b>")
    status(here, "Your comment is here.")
    (mine,) = texts(here)
    assert "bold" in mine
    assert here.run("document.activeElement.tagName") == "ARTICLE", "the focus is where it appeared"
    assert here.run("document.querySelectorAll('#thread strong').length") == 1
    assert here.run("document.querySelectorAll('#thread :is(img, script, a[href])').length") == 0
    assert here.run("document.querySelector('#thread h2').textContent") == "Ada <b>"
    assert here.run("document.title") == "Comments"

    here.reach("[aria-label^='Edit']")
    here.press("Enter")
    here.run("document.activeElement.select()")
    say(here, "Said better.")
    status(here, "Your change is here.")
    assert texts(here) == ["Said better."]

    # Somebody else writes: it appears by itself, and does not take the focus.
    other = posted(api, piece, author_name="Bo", body="From elsewhere.")
    status(here, "New comment by Bo")
    assert texts(here) == ["From elsewhere.", "Said better."]
    assert here.run("document.activeElement.getAttribute('aria-label')").startswith("Edit")
    assert edited(api, other, "From elsewhere, mended.").status_code == 200
    here.until("document.body.innerText.includes('mended')")

    here.run("document.getElementById('title').focus()")
    here.reach("[aria-label='Vote for the comment by Bo']")
    here.press("Enter")
    status(here, "Score 1")
    assert here.run("document.activeElement.getAttribute('aria-pressed')") == "true"
    here.reach("[aria-label='Reply to Bo']")
    here.press("Enter")
    here.press("Escape")
    assert here.run("document.activeElement.getAttribute('aria-label')") == "Reply to Bo"
    here.press("Enter")
    say(here, "An answer.")
    status(here, "Your comment is here.")
    assert here.run("document.querySelectorAll('#thread ol ol, #thread li li').length") >= 1
    here.run("document.getElementById('title').focus()")
    here.reach("[aria-label='Report the comment by Bo']")
    here.press("Enter")
    here.press("Tab", times=2)
    here.press("Enter")
    status(here, "Thank you")
    assert queue(staff, "reported") == [other["id"]]

    assert decide(staff, "reject", other, reason_code="off_topic").status_code == 200
    here.until("document.body.innerText.includes('Removed by the moderators')")

    # What waits is shown to its author alone, also when he comes back.
    rule(staff, mode="held")
    here.run("document.getElementById('title').focus()")
    here.reach("#write textarea")
    say(here, "It waits.")
    status(here, "each comment here is looked at first")
    here.call("Page.reload")
    here.until("document.body?.innerText.includes('Only you see this')")
    here.until("document.querySelector('#write form')")
    roles = here.roles()
    assert {("heading", "Comments"), ("main", "Comments"), ("form", "Write a comment"), ("list", "Thread")} <= roles
    assert {("textbox", "Name"), ("textbox", "Comment"), ("button", "Send comment"), ("article", "Ada <b>")} <= roles
    assert {("combobox", "Sort by"), ("button", "Reply to Ada <b>")} <= roles
    assert ("status", "") in roles
    assert not {role for role, name in roles if role in ("button", "textbox", "link", "combobox") and not name}

    here.reach("article[aria-labelledby] .acts button:last-child")
    here.press("Enter", times=2)
    status(here, "Your comment is deleted.")
    assert "It waits." not in texts(here)
    blocked = [line for line in here.logged if "favicon" not in line]
    assert blocked == [], "no error, and nothing that its policy forbids"


if __name__ == "__main__":
    PAGE.write_text(sealed(PAGE.read_text()))
