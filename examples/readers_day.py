"""A day of readers, over HTTP alone: from a comment that waits to an article that a reader corrected.

    python examples/readers_day.py ADDRESS KEY [PORT]

ADDRESS is that of a running `make demo`; KEY has the scopes articles:read, articles:publish and comments:moderate.
Each reader comes from an address of his own, which the demo believes if it is started with
ONRECORD_TRUSTED_PROXIES=127.0.0.1. E-mail is received here, at PORT (2525 if not given), to which the demo must send it
(ONRECORD_SMTP_HOST, ONRECORD_SMTP_PORT, ONRECORD_SMTP_TLS=none, ONRECORD_MAIL_FROM). Needs httpx only.
"""

import re
import sys
from email import message_from_bytes, policy
from email.message import EmailMessage
from queue import Queue
from socketserver import StreamRequestHandler, TCPServer
from threading import Thread
from typing import Any

import httpx

ARTICLE = "/v1/articles/an-opera-of-complaints-fills-a-grain-silo-in-dunmere"
STAFF = "/v1/admin"
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
TOKEN = re.compile(r"token=\S+")


class Mailbox(StreamRequestHandler):
    """Takes every e-mail (SMTP, RFC 5321) and lays it into `mails`."""

    mails: Queue[EmailMessage] = Queue()

    def handle(self) -> None:
        self.wfile.write(b"220 mailbox\r\n")
        while line := self.rfile.readline():
            if not line.upper().startswith(b"DATA"):
                self.wfile.write(b"250 as you say\r\n")
                continue
            self.wfile.write(b"354 go on\r\n")
            content = b"".join(iter(self.rfile.readline, b".\r\n"))
            self.mails.put(message_from_bytes(content, policy=policy.default))
            self.wfile.write(b"250 taken\r\n")

    @classmethod
    def next(cls) -> str:
        """Prints the next e-mail; the first of its links, as a path."""
        mail = cls.mails.get(timeout=60)
        for name in ("From", "To", "Subject", "List-Unsubscribe-Post"):
            note(f"{name}: {mail[name]}")
        text = mail.get_content()
        for line in text.splitlines():
            note(f"| {ID.sub('…', TOKEN.sub('token=…', line))}".rstrip())
        return str(re.findall(r"(?<=//)[^/\s]+(\S+token=\S+)", text)[0])


class Person:
    """Somebody whose every request is printed."""

    def __init__(self, site: str, name: str, address: str, key: str | None = None) -> None:
        headers = {"X-Forwarded-For": address} | ({"Authorization": f"Bearer {key}"} if key else {})
        self.name = name
        self._client = httpx.Client(base_url=site, headers=headers, trust_env=False, timeout=30)

    def ask(self, method: str, path: str, data: Any = None, *, expect: int = 200, **headers: str) -> Any:
        """The answer's content; ends the day if its status is another than expected."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self._client.request(method, path, json=data, headers=named)
        shown = TOKEN.sub("token=…", ID.sub("…", path)).replace(ARTICLE, "/v1/articles/an-opera-…")
        print(f"  {self.name:9} {method:5} {shown}  ->  {answer.status_code}")
        if answer.status_code != expect:
            sys.exit(f"readers_day: expected {expect}: {answer.text}")
        return answer.json() if "json" in answer.headers.get("Content-Type", "") else None

    def post(self, body: str, *, expect: int = 202, **fields: Any) -> Any:
        data = {"author_name": self.name, "body": body} | fields
        return self.ask("POST", f"{ARTICLE}/comments", data, expect=expect)

    def thread(self) -> None:
        for each in self.ask("GET", f"{ARTICLE}/comments?sort=oldest")["items"]:
            note(f"{'  ' * (each['depth'] - 1)}{each['author']['name']}: {each['text']} ({each['score']:+})")
            if each["outcome"]:
                note(f"  outcome: {each['outcome']['text']}")

    def decide(self, comment: Any, action: str, **fields: str) -> None:
        data = {"ids": [comment["id"]], "action": action, "current_status": "pending"} | fields
        self.ask("POST", f"{STAFF}/comments/moderate", data)


def step(title: str) -> None:
    print(f"\n{title}")


def note(text: str) -> None:
    print(f"            {text}")


def main(site: str, key: str, port: str = "2525") -> None:
    mailbox = TCPServer(("127.0.0.1", int(port)), Mailbox)
    Thread(target=mailbox.serve_forever, daemon=True).start()
    ada, bo = Person(site, "Ada", "192.0.2.1"), Person(site, "Bo", "192.0.2.2")
    moderator = Person(site, "moderator", "192.0.2.9", key)
    others = [Person(site, name, f"192.0.2.{n}") for n, name in enumerate(("Cai", "Dora", "Eli"), 20)]

    step("The site lets each comment wait; a reader writes one, and wants to hear of it")
    moderator.ask("PUT", f"{STAFF}/moderation/rules", {"mode": "held"}, If_Match="*")
    said = ada.post("My letter is in it.", author_email="ada@reader.example", notify=True)
    note(f"status {said['status']}, held: {said['held']}")
    bo.thread()
    note("nobody else sees it")

    step("She confirms that the address is hers")
    ada.ask("POST", Mailbox.next())

    step("A moderator looks at the queue, and approves it")
    queue = moderator.ask("GET", f"{STAFF}/comments?queue=pending")["items"]
    note(f"waiting: {queue[-1]['text']}")
    moderator.decide(said, "approve")
    bo.thread()

    step("She hears of it")
    Mailbox.next()

    step("Another answers and votes")
    reply = bo.post("Mine too.", parent_id=said["id"])
    moderator.decide(reply, "approve")
    unsubscribe = Mailbox.next()
    bo.ask("POST", f"/v1/comments/{said['id']}/votes", {"value": 1})
    ada.ask("POST", f"/v1/comments/{said['id']}/votes", {"value": 1}, expect=409)
    note("nobody votes for himself")
    ada.thread()

    step("She wants no more e-mail: her mail program's button, or the link, is enough")
    ada.ask("POST", unsubscribe)

    step("Three readers complain about a comment: it is held until somebody has looked")
    rude = others[0].post("You are all fools.")
    moderator.decide(rude, "approve")
    note("a mistake")
    for each in [ada, bo, others[1]]:
        each.ask("POST", f"/v1/comments/{rude['id']}/flags", {"reason": "abusive"}, expect=204)
    ada.thread()
    moderator.decide(rude, "reject", reason_code="abusive")

    step("A reader says that the article is wrong, and has evidence")
    evidence = "https://example.org/programme"
    doubt = others[2].post("The programme has the letter in 1913, not 1931.", kind="challenge", evidence=evidence)
    note(f"status {doubt['status']}, held: {doubt['held']}")
    sizes = moderator.ask("GET", f"{STAFF}/comments/queues")
    note(f"challenges that wait: {sizes['challenges']}")

    step("It is right: one call corrects the article and credits the reader")
    text = {"text": "The letter about the cockerel is of 1913, not of 1931."}
    moderator.ask("POST", f"{STAFF}/comments/{doubt['id']}/accept", text, expect=201, If_Match="*")
    correction = bo.ask("GET", f"{ARTICLE}/corrections")["items"][0]
    note(f"{correction['kind']}: {correction['text']} Thanks to {correction['credit']}.")
    bo.thread()

    step("In the evening the readers take their words back; the correction stays")
    for person, comment in ((ada, said), (bo, reply), (others[0], rude), (others[2], doubt)):
        person.ask("DELETE", f"/v1/comments/{comment['id']}", expect=204, X_Edit_Token=comment["edit_token"])
    bo.thread()
    credit = bo.ask("GET", f"{ARTICLE}/corrections")["items"][0]["credit"]
    note(f"credit: {credit}")


if __name__ == "__main__":
    main(*sys.argv[1:])
