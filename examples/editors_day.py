"""An editor's day, over HTTP alone: from signing in to a permission that ends.

    python examples/editors_day.py ADDRESS E-MAIL PASSWORD

ADDRESS is that of a running Onrecord; the user must be an owner. For its webhooks to reach this script the server must
be allowed to call this machine: start it with ONRECORD_OUTBOUND_ALLOW=127.0.0.1. Needs httpx only. At the end the
article is in the trash and the webhook is gone, so the day can be lived again.
"""

import base64
import hashlib
import hmac
import json
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any

import httpx

SAMPLE = Path(__file__).parent.parent / "samples" / "02-library-roof.txt"
EVENTS = [
    *("article.published", "article.updated", "article.corrected", "article.slug_changed", "article.unpublished"),
    *("quote.confirmed", "quote.changed", "quote.orphaned"),
]
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
TOKEN = re.compile(r"(?<=/previews/)[\w-]+")


class Receiver(ThreadingHTTPServer):
    """Takes webhooks and believes only those that are signed with its secret (Standard Webhooks)."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Hook)
        self.secret = ""
        self.events: dict[str, dict[str, Any]] = {}
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"

    def take(self, headers: Any, body: bytes) -> bool:
        """Keep an event, once, whatever number of times it comes; False if the signature is not ours."""
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        expected = "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        is_ours = any(hmac.compare_digest(expected, given) for given in headers["webhook-signature"].split())
        if not is_ours or abs(time.time() - int(headers["webhook-timestamp"])) > 300:
            return False
        self.events[headers["webhook-id"]] = json.loads(body)
        return True


class _Hook(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.send_response(204 if self.server.take(self.headers, body) else 401)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """The transcript is the log."""


class Desk:
    """An editor and a reader at one site, whose every request is printed."""

    def __init__(self, address: str) -> None:
        self.editor = httpx.Client(base_url=address, trust_env=False, timeout=30)
        self.reader = httpx.Client(base_url=address, trust_env=False, timeout=30)
        self.slug = ""

    def free(self, slug: str) -> str:
        """The slug, or with a number if an earlier day has taken it."""
        numbered = (f"{slug}-{n}" if n > 1 else slug for n in count(1))
        return next(found for found in numbered if self.editor.get(f"/v1/admin/articles/{found}").status_code == 404)

    def ask(self, client: httpx.Client, method: str, path: str, *, expect: int = 200, **options: Any) -> httpx.Response:
        """One line of the transcript; ends the day if the answer is another than expected."""
        answer = client.request(method, path, **options)
        who = "editor" if client is self.editor else "reader"
        shown = TOKEN.sub("…", ID.sub("…", path))
        print(f"  {who}  {method:6} {shown}  ->  {answer.status_code}")
        if answer.status_code != expect:
            sys.exit(f"editors_day: expected {expect}: {answer.text}")
        return answer

    def edit(self, method: str, path: str, *, expect: int = 200, **options: Any) -> dict[str, Any]:
        """A change of the article, made from the version that the editor has just read."""
        article = path.split("/")[4]
        tag = self.editor.get(f"/v1/admin/articles/{article}").headers["ETag"]
        answer = self.ask(self.editor, method, path, expect=expect, headers={"If-Match": tag}, **options)
        found: dict[str, Any] = answer.json()
        return found

    def read(self, path: str, *, expect: int = 200, **options: Any) -> httpx.Response:
        return self.ask(self.reader, "GET", path, expect=expect, **options)


def step(title: str) -> None:
    print(f"\n{title}")


def note(text: str) -> None:
    print(f"          {text}")


def tally(kinds: list[str]) -> None:
    for kind, times in Counter(kinds).items():
        note(f"{kind}{f' ({times})' if times > 1 else ''}")


def moment(seconds: float = 0) -> str:
    """So many seconds from now, as the API writes moments."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def wait_for(done: Callable[[], bool], what: str, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not done():
        if time.monotonic() > until:
            sys.exit(f"editors_day: waited {seconds:.0f} seconds for {what}")
        time.sleep(0.1)


def sign_in(desk: Desk, email: str, password: str) -> None:
    step("Sign in")
    form = {"grant_type": "password", "username": email, "password": password}
    answer = desk.ask(desk.editor, "POST", "/v1/auth/token", data=form).json()
    desk.editor.headers["Authorization"] = f"Bearer {answer['access_token']}"
    note(f"a token for {answer['expires_in'] // 60} minutes")


def subscribe(desk: Desk, receiver: Receiver) -> str:
    step("Let another system hear of what happens")
    body = {"url": receiver.url, "events": EVENTS, "description": "The editor's day"}
    made = desk.ask(desk.editor, "POST", "/v1/admin/webhooks", expect=201, json=body).json()
    receiver.secret = made["secret"]
    note("its secret is shown this once; each delivery is signed with it")
    return str(made["id"])


def enter(desk: Desk) -> str:
    """The sample as a draft, with the speaker mended that the import took for another. The article's path for staff."""
    step("Import an article: what is in quotation marks is found, with who said it")
    desk.slug = desk.free("council-votes-for-roof-and-bees")
    title, _, byline, *paragraphs = SAMPLE.read_text(encoding="utf-8").splitlines()
    head = f"---\ntitle: {title}\nauthor: {byline.removeprefix('By ')}\nslug: {desk.slug}\n---\n"
    file = (head + "\n\n".join(paragraphs)).encode()
    sent = {"params": {"name": "roof.md"}, "headers": {"Content-Type": "text/markdown"}, "content": file}
    job = desk.ask(desk.editor, "POST", "/v1/admin/imports", expect=202, **sent).json()
    place = f"/v1/admin/imports/{job['id']}"
    wait_for(lambda: desk.editor.get(place).json()["status"] == "finished", "the import")
    (item,) = desk.ask(desk.editor, "GET", f"{place}/items").json()["items"]
    path = f"/v1/admin/articles/{item['article_id']}"
    quotes = desk.editor.get(path).json()["quotes"]
    note(f"{item['outcome']}: {len(quotes)} quotes; the first, “{quotes[0]['exact']}”, {said_by(quotes[0])}")
    (wrong,) = [quote for quote in quotes if quote["exact"] == "have to borrow about half of it"]
    note(f"“{wrong['exact']}”, {said_by(wrong)}")

    step("That was the mayor: mend the speaker")
    change = {"speaker": person(desk, "Solveig Arden"), "review": "confirmed"}
    quotes = desk.edit("PATCH", f"{path}/quotes/{wrong['id']}", json=change)["quotes"]
    note("; ".join(f"“{quote['exact']}”, {said_by(quote)}" for quote in quotes if quote["id"] == wrong["id"]))
    return path


def said_by(quote: dict[str, Any]) -> str:
    return f"said by {quote['speaker']['name']}, {quote['review']}"


def person(desk: Desk, name: str) -> str:
    """The id of the source with this name, entered if nobody has it yet."""
    known = desk.editor.get("/v1/admin/sources", params={"name": name}).json()["items"]
    if not known:
        known = [desk.editor.post("/v1/admin/sources", json={"kind": "person", "name": name}).json()]
    return str(known[0]["id"])


def publish(desk: Desk, path: str) -> None:
    step("Schedule it for tomorrow, and show it to somebody before")
    desk.edit("POST", f"{path}/schedule", json={"scheduled_at": moment(86400)})
    desk.read(f"/v1/articles/{desk.slug}", expect=404)
    link = desk.ask(desk.editor, "POST", f"{path}/preview-links", expect=201, json={}).json()
    answer = desk.read(link["url"])
    note(f"whoever has the link sees it; {answer.headers['Cache-Control']}")

    step("It cannot wait: publish it now")
    desk.edit("POST", f"{path}/publish")
    shown = desk.read(f"/v1/articles/{desk.slug}").json()
    note(f"revision {shown['revision']}, {len(shown['quotes'])} quotes, as readers count")


def correct(desk: Desk, path: str) -> None:
    step("A new lead; the quote goes with its words")
    article = desk.editor.get(path).json()
    place, was = article["quotes"][0]["start"], moment()
    text = f"Brackwater has decided.\n\n{article['body']['markdown']}"
    quote = desk.edit("PATCH", path, json={"markdown": text, "note": "a new lead"})["quotes"][0]
    note(f"{quote['anchor']} from {place} to {quote['start']}: “{quote['exact']}”")

    step("A figure was wrong: correct it, and say so")
    wrong, right = "60,000 bees", "40,000 bees"
    start = desk.editor.get(path).json()["body"]["text"].index(wrong)
    target = {"exact": wrong, "start": start, "end": start + len(wrong)}
    correction = {"text": "Forty thousand bees live in the roof, not sixty thousand.", "target": target}
    desk.edit("POST", f"{path}/corrections", expect=201, json=correction)
    desk.edit("PATCH", path, json={"markdown": text.replace(wrong, right), "note": "figure corrected"})
    shown = desk.read(f"/v1/articles/{desk.slug}").json()
    note(f"now: {right}; {shown['corrections'][0]['kind']}: {shown['corrections'][0]['text']}")
    earlier = desk.read(f"/v1/articles/{desk.slug}", params={"at": was}).json()
    note(f"with ?at= before that: {wrong if wrong in earlier['body']['text'] else right}")


def rename(desk: Desk, path: str) -> None:
    step("A better address; the old one leads there")
    former, desk.slug = desk.slug, desk.free("bees-above-the-library")
    desk.edit("PATCH", path, json={"slug": desk.slug, "note": "a better address"})
    moved = desk.read(f"/v1/articles/{former}", expect=308)
    note(f"Location: {moved.headers['Location']}")


def restore(desk: Desk, path: str) -> None:
    step("A colleague cuts a paragraph too many: a quote has lost its words")
    paragraphs = desk.editor.get(path).json()["body"]["markdown"].split("\n\n")
    cut = "\n\n".join(paragraph for paragraph in paragraphs if "bucket" not in paragraph)
    desk.edit("PATCH", path, json={"markdown": cut, "note": "shorter"})
    lost = desk.ask(desk.editor, "GET", "/v1/admin/quotes?anchor=orphaned").json()["items"]
    note("; ".join(f"“{quote['exact']}” in {quote['article']['slug']}" for quote in lost))

    step("Bring back what was saved before")
    saves = desk.ask(desk.editor, "GET", f"{path}/revisions").json()["items"]
    for save in reversed(saves):
        note(f"{save['revision']}  {save['note'] or 'entered'}")
    article = desk.edit("POST", f"{path}/revisions/{saves[1]['revision']}/restore")
    quote = article["quotes"][0]
    note(f"revision {article['revision']} is like {saves[1]['revision']}; the quote is at {quote['start']} again")


def changes(desk: Desk, article_id: str) -> list[str]:
    """The kinds of what the log of changes says of the article."""
    items, path = [], "/v1/changes?limit=100"
    while path:
        page = desk.reader.get(path).json()
        items += page["items"]
        path = page["next"]
    return [item["kind"] for item in items if item["subject_id"] == article_id]


def expire(desk: Desk, path: str) -> None:
    step("It turns out to be a reprint, and the permission ends in three seconds")
    body = {
        "assigner": person(desk, "Wendeline Marsh"),
        "credit": "By permission of Wendeline Marsh.",
        "valid_through": moment(3),
        "on_expire": "gone",
    }
    desk.edit("POST", f"{path}/permissions", expect=201, json=body)
    desk.read(f"/v1/articles/{desk.slug}")
    wait_for(lambda: moment() > body["valid_through"], "the permission's end")
    problem = desk.read(f"/v1/articles/{desk.slug}", expect=410).json()
    note(f"{problem['type']}: {problem['detail']}")


def main(address: str, email: str, password: str) -> None:
    desk, receiver = Desk(address), Receiver()
    sign_in(desk, email, password)
    webhook = subscribe(desk, receiver)
    path = enter(desk)
    article_id = path.rpartition("/")[2]
    try:
        publish(desk, path)
        correct(desk, path)
        rename(desk, path)
        restore(desk, path)
        step("What a mirror reads in the log of changes")
        wait_for(lambda: len(changes(desk, article_id)) >= 9, "the log of changes")
        tally(changes(desk, article_id))
        expire(desk, path)
        step("What the webhook has brought, each with a good signature")
        wait_for(lambda: "article.unpublished" in kinds(receiver), "the webhook; may the server call 127.0.0.1?")
        tally(kinds(receiver))
    finally:
        step("Tidy up")
        desk.edit("DELETE", path)
        desk.ask(desk.editor, "DELETE", f"/v1/admin/webhooks/{webhook}", expect=204, headers={"If-Match": "*"})
        receiver.shutdown()


def kinds(receiver: Receiver) -> list[str]:
    return [event["type"] for event in sorted(receiver.events.values(), key=lambda event: str(event["timestamp"]))]


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except httpx.HTTPError as error:
        sys.exit(f"editors_day: {sys.argv[1]} did not answer: {error}")
