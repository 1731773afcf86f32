"""Readers have word of their comments by e-mail, if they want it and the address is theirs."""

import re
import threading
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import httpx
import pytest
import time_machine
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy import text as sql
from structlog.testing import capture_logs

from app.accounts.actions import create_user, sign_in
from app.comments import letters
from app.comments.folding import keyed
from app.context import Site
from app.db import now
from app.ingest.exporting import export
from app.mail.actions import prune
from app.mail.models import Mail
from app.mail.sealing import seal
from app.mail.sending import Postman
from app.people.actions import forget
from app.settings import WrongSettings, load
from tests.comments.world import At, decide, deleted, kind, one_engine, pointers, post, posted, rule
from tests.conftest import SECRET, Api, published
from tests.mail.postbox import Postbox

Work = Callable[[], None]
Json = dict[str, Any]
EMAIL = "ada.canary@reader.example"
LINK = re.compile(r"https?://[^\s>]+token=[^\s>]+")


def words(message: EmailMessage) -> str:
    content: str = message.get_content()
    return content.replace("\r\n", "\n")


def links(message: EmailMessage) -> list[str]:
    """The paths with tokens to which the message leads, in its order."""
    found = LINK.findall(words(message))
    return [httpx.URL(link).raw_path.decode() for link in found]


def confirmed(api: Api, postbox: Postbox, work: Work) -> None:
    """The owner of the address follows the link that he got."""
    work()
    [message] = postbox.take()
    assert api.post(links(message)[0]).status_code == 200


def subjects(postbox: Postbox) -> list[str]:
    return [message["Subject"] for message in postbox.take()]


@pytest.fixture
def piece(staff: Api) -> Json:
    rule(staff, mode="open")
    return published(staff)


def test_an_author_hears_of_the_decision_and_of_a_reply(
    api: Api, staff: Api, at: At, piece: Json, postbox: Postbox, work: Work
) -> None:
    rule(staff, mode="held")
    said = posted(api, piece, author_email=EMAIL, notify=True)
    work()
    [asked] = postbox.take()
    confirm, _ = links(asked)
    assert (asked["To"], asked["From"]) == (EMAIL, "Onrecord demo <post@harbour.example>")
    assert asked["Subject"] == "Confirm: replies to your comment, Ferry fares rise"
    assert asked["Auto-Submitted"] == "auto-generated"
    assert "Well put" not in asked.as_string()
    page = api.get(confirm)
    assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
    assert '<form method="post">' in page.text
    decide(staff, "approve", said)
    decide(staff, "undo", said)
    work()
    assert postbox.take() == []  # a scanner has read the page; nobody has confirmed
    assert api.post(confirm).status_code == 200

    decide(staff, "approve", said)
    decide(staff, "undo", said)
    decide(staff, "approve", said)
    work()
    [message] = postbox.take()
    assert message["Subject"] == "Your comment is online: Ferry fares rise"
    assert f"/v1/articles/{piece['slug']}#comment-{said['id']}\n" in words(message)
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    end = httpx.URL(message["List-Unsubscribe"].strip("<>")).raw_path.decode()
    assert links(message)[-1] == end

    reply = posted(at("198.51.100.9"), piece, author_name="Bo", body="No.", parent_id=said["id"])
    work()
    assert postbox.take() == []  # it is held
    decide(staff, "approve", reply)
    work()
    [message] = postbox.take()
    assert message["Subject"] == "A reply to your comment: Ferry fares rise"
    assert "Bo has answered your comment" in words(message)
    assert f"#comment-{reply['id']}" in words(message)
    assert "No." not in words(message).replace("None", "")

    assert api.get(end).status_code == 200
    one_click = {
        "content": "List-Unsubscribe=One-Click",
        "headers": {"Content-Type": "application/x-www-form-urlencoded"},
    }
    for _ in range(2):
        assert api.post(end, **one_click).status_code == 200
    decide(staff, "approve", posted(at("198.51.100.9"), piece, body="Yes", parent_id=said["id"]))
    again = posted(api, piece, body="Anew", author_email=EMAIL, notify=True)
    decide(staff, "approve", again)
    work()
    assert postbox.take() == []  # he is left alone, whoever names his address
    assert kind(api.post(confirm)) == (400, "invalid-link")


def test_who_refuses_says_why_and_nobody_hears_of_what_he_did_himself_or_nobody_sees(
    api: Api, staff: Api, at: At, piece: Json, postbox: Postbox, work: Work
) -> None:
    first = posted(api, piece, author_email=EMAIL, notify=True)
    confirmed(api, postbox, work)
    rule(staff, mode="held")
    rude = posted(api, piece, body="Fools", author_email=EMAIL, notify=True)
    decide(staff, "reject", rude, reason_code="abusive", reason="the canary's secret")
    spam = posted(api, piece, body="Pills", author_email=EMAIL, notify=True)
    decide(staff, "spam", spam)
    own = posted(api, piece, body="And more", author_email=EMAIL, parent_id=first["id"])
    decide(staff, "approve", own)
    work()
    [message] = postbox.take()
    assert message["Subject"] == "Your comment was not published: Ferry fares rise"
    assert "it is abusive" in words(message)
    assert "secret" not in message.as_string()

    other = posted(at("198.51.100.9"), piece, body="So?", parent_id=first["id"])
    late = posted(at("198.51.100.9"), piece, body="And?", parent_id=first["id"])
    decide(staff, "reject", first)
    decide(staff, "approve", other)
    decide(staff, "approve", first, other)
    decide(staff, "approve", late)
    decide(staff, "reject", late)  # before it was sent
    work()
    assert postbox.take() == []
    version = staff.get(f"/v1/admin/articles/{piece['id']}").headers["ETag"]
    decide(staff, "approve", posted(at("198.51.100.9"), piece, body="Still?", parent_id=first["id"]))
    hidden = staff.post(f"/v1/admin/articles/{piece['id']}/unpublish", headers={"If-Match": version})
    assert hidden.status_code == 200, hidden.text
    work()
    assert postbox.take() == []


def test_an_account_hears_at_its_own_address_at_once_and_even_after_a_refusal(
    api: Api, at: At, piece: Json, postbox: Postbox, work: Work, writing: Callable[[], Any]
) -> None:
    with writing() as session:
        user = create_user(session, email=EMAIL, name="Cyd", role="reader", password_hash=None, at=now())
        member = api.acting_as(sign_in(session, user, at=now()).access)
    said = member.post(f"/v1/articles/{piece['id']}/comments", json={"body": "Mine", "notify": True}).json()
    own = member.post(f"/v1/articles/{piece['id']}/comments", json={"body": "So", "parent_id": said["id"]})
    assert own.status_code == 201
    posted(at("198.51.100.9"), piece, body="Yours", parent_id=said["id"])
    work()
    [message] = postbox.take()
    assert (message["To"], message["Subject"][:7]) == (EMAIL, "A reply")
    assert api.post(links(message)[-1]).status_code == 200
    posted(at("198.51.100.9"), piece, body="Ours", parent_id=said["id"])
    work()
    assert postbox.take() == []
    member.post(f"/v1/articles/{piece['id']}/comments", json={"body": "Again", "notify": True})
    with writing() as session:
        session.merge(user).email = "new@reader.example"
    posted(at("198.51.100.9"), piece, body="Theirs", parent_id=said["id"])
    work()
    assert [recipients for recipients, _ in postbox.got] == [["new@reader.example"]]


def test_an_address_is_asked_once_a_week_and_few_are_named_from_one_place(
    api: Api, at: At, piece: Json, postbox: Postbox, work: Work
) -> None:
    with time_machine.travel(now(), tick=True) as clock:
        for n in range(3):
            posted(at(f"203.0.113.{n}"), piece, body=f"Take {n}", author_email=EMAIL, notify=True)
        work()
        assert len(postbox.take()) == 1
        clock.shift(timedelta(days=8))
        posted(api, piece, body="Later", author_email=EMAIL, notify=True)
        work()
        [second] = postbox.take()
        clock.shift(timedelta(days=8))
        assert kind(api.post(links(second)[0])) == (400, "invalid-link")  # expired
    crowd = at("203.0.113.99")
    for n in range(9):
        assert post(crowd, piece, body=f"Say {n}", author_email=f"v{n}@reader.example", notify=True).status_code == 201
    assert post(crowd, piece, body="Say", author_email="v9@reader.example", notify=True).status_code == 201
    refused = post(crowd, piece, body="Say so", author_email="v10@reader.example", notify=True)
    assert (kind(refused), "Retry-After" in refused.headers) == ((429, "too-many-requests"), True)
    assert post(crowd, piece, body="Say so", author_email="v10@reader.example").status_code == 201


@one_engine
def test_what_cannot_be_mailed_is_refused(api: Api, piece: Json, site: Site) -> None:
    assert pointers(post(api, piece, notify=True)) == {"/notify"}
    for address in (
        "a,b@reader.example",
        "a(b)@reader.example",
        "<a>@reader.example",
        "no",
        "a@b.example\r\nBcc: c@d.example",
    ):
        assert pointers(post(api, piece, author_email=address, notify=True)) == {"/author_email"}, address
    assert pointers(post(api, piece, author_email=EMAIL, notify="yes")) == {"/notify"}
    without = site.settings.model_copy(update={"smtp_host": ""})
    object.__setattr__(site, "settings", without)
    assert pointers(post(api, piece, author_email=EMAIL, notify=True)) == {"/notify"}
    assert post(api, piece, author_email=EMAIL).status_code == 201


@one_engine
def test_only_a_token_of_ours_for_this_very_thing_is_taken(api: Api) -> None:
    digest = keyed(SECRET.encode(), EMAIL)
    foreign = (
        "",
        "x" * 100,
        "é",
        seal(SECRET.encode(), letters.CONFIRM, digest),
        seal(b"another site's secret, which is as long", letters.UNSUBSCRIBE, digest),
        seal(SECRET.encode(), letters.UNSUBSCRIBE, digest)[:-2],
    )
    for token in foreign:
        for ask in (api.get, api.post):
            assert kind(ask("/v1/comments/unsubscribe", params={"token": token})) == (400, "invalid-link"), token
    with time_machine.travel(now() - timedelta(days=181), tick=True):
        old = seal(SECRET.encode(), letters.UNSUBSCRIBE, digest)
    assert api.post("/v1/comments/unsubscribe", params={"token": old}).status_code == 400
    assert api.post("/v1/comments/unsubscribe").status_code == 400
    unknown = seal(SECRET.encode(), letters.UNSUBSCRIBE, digest)
    both = {"token": unknown}
    assert api.post("/v1/comments/unsubscribe", params=both, files={"List-Unsubscribe": "One-Click"}).status_code == 200
    confirm = seal(SECRET.encode(), letters.CONFIRM, digest)
    assert api.post("/v1/comments/confirm", params={"token": confirm}).status_code == 400


def test_mail_is_tried_again_after_4yz_given_up_after_5yz_and_sent_once(
    api: Api, piece: Json, postbox: Postbox, work: Work, site: Site, reading: Callable[[], Any]
) -> None:
    def states() -> list[tuple[str, int, str | None, bool]]:
        with reading() as session:
            found = session.execute(
                select(Mail.status, Mail.attempts, Mail.error, Mail.sealed.is_(None)).order_by(Mail.id)
            )
            return [tuple(row) for row in found]

    postbox.answers += ["450 later", "451 later still", "550 nobody here"]
    posted(api, piece, author_email=EMAIL, notify=True)
    with time_machine.travel(now(), tick=True) as clock, capture_logs() as logged:
        work()
        work()  # it waits
        assert states() == [("pending", 1, "SMTPRecipientsRefused 450", True)]
        clock.shift(timedelta(seconds=7))
        work()
        clock.shift(timedelta(seconds=25))
        work()
        clock.shift(timedelta(days=1))
        work()
    assert states() == [("failed", 3, "SMTPRecipientsRefused 550", True)]
    assert postbox.take() == []
    assert "canary" not in str(logged)

    second = posted(api, piece, body="Two", author_email="bo@reader.example", notify=True)
    several = [
        threading.Thread(target=Postman(site.database, site.settings, letters.COMPOSE, threading.Event()).work)
        for _ in range(4)
    ]
    for each in several:
        each.start()
    for each in several:
        each.join()
    [message] = postbox.take()
    assert states()[1][:2] == ("sent", 1)

    # Whoever died after sending leaves it to the next, who sends it under the same Message-ID.
    with site.database.writer.session() as session:
        session.execute(sql("UPDATE mails SET status = 'pending', due_at = created_at WHERE status = 'sent'"))
    work()
    [copy] = postbox.take()
    assert copy["Message-ID"] == message["Message-ID"]
    assert second["id"] not in copy["Message-ID"]
    with site.database.writer.session() as session:
        prune(session, at=now() + timedelta(days=31))
    assert states() == []


@one_engine
def test_a_server_that_is_not_there_or_wants_another_password_is_waited_for(
    api: Api, piece: Json, postbox: Postbox, site: Site, reading: Callable[[], Any]
) -> None:
    def tried(**settings: Any) -> str | None:
        chosen = site.settings.model_copy(update=settings)
        vars(chosen).pop("secret", None)  # it follows from the secret key
        with site.database.writer.session() as session:
            session.execute(sql("UPDATE mails SET due_at = created_at"))
        Postman(site.database, chosen, letters.COMPOSE, threading.Event()).work()
        with reading() as session:
            status, error = session.execute(select(Mail.status, Mail.error)).one()
        return str(error) if status == "pending" else status

    posted(api, piece, author_email=EMAIL, notify=True)
    assert tried(smtp_port=1) == "ConnectionRefusedError"
    assert tried(smtp_tls="starttls") == "SMTPNotSupportedError"  # no mail goes unsecured where it must not
    assert tried(smtp_user="me") in ("SMTPNotSupportedError", "SMTPException")
    assert tried(secret_key=SecretStr("another secret, which is as long as it must be")) == "moot"
    assert postbox.take() == []


def test_nothing_that_is_written_becomes_a_header(
    api: Api, staff: Api, at: At, postbox: Postbox, work: Work, writing: Callable[[], Any]
) -> None:
    rule(staff, mode="open")
    piece = published(staff, title="Fares \u202egnp\u202c rise — 高い " + "very " * 30)
    said = posted(api, piece, author_email=EMAIL, notify=True)
    with writing() as session:  # as no door of ours lets in
        session.execute(sql("UPDATE revisions SET title = :t"), {"t": "Fares\r\nBcc: all@reader.example\n\nrise\u202e"})
    confirmed(api, postbox, work)
    posted(at("198.51.100.9"), piece, author_name="Bo\u2066\nBcc: x@y.example", body="No", parent_id=said["id"])
    work()
    [(recipients, message)] = postbox.got
    assert recipients == [EMAIL]
    assert message["Bcc"] is None
    assert message["Subject"] == "A reply to your comment: Fares Bcc: all@reader.example rise"
    assert not any(turning in message.as_string() + words(message) for turning in "\u202e\u2066\u202c")
    assert message.defects == []


def test_an_address_is_in_no_answer_log_or_export_and_is_forgotten(
    api: Api, staff: Api, at: At, piece: Json, postbox: Postbox, work: Work, site: Site, reading: Callable[[], Any]
) -> None:
    def kept() -> str:
        with reading() as session:
            tables = ("mails", "comment_subscribers", "comment_subscriptions", "comments", "events", "audit_entries")
            return "".join(str(session.execute(sql(f"SELECT * FROM {table}")).all()) for table in tables)  # noqa: S608

    with capture_logs() as logged:
        said = posted(api, piece, author_email=EMAIL, notify=True)
        confirmed(api, postbox, work)
        posted(at("198.51.100.9"), piece, body="No", parent_id=said["id"])
        work()
        assert len(postbox.take()) == 1
        paths = (
            f"/v1/articles/{piece['id']}/comments",
            f"/v1/comments/{said['id']}",
            "/v1/changes",
            "/feeds/comments.xml",
        )
        shown = [api.get(path).text for path in paths]
        shown += [staff.get(path).text for path in ("/v1/admin/comments", "/v1/admin/audit")]
        with reading() as session:
            shown += [str(line) for line in export(session)]
    digest = keyed(SECRET.encode(), EMAIL)
    assert not any(trace in f"{shown}{logged}" for trace in ("canary", digest))
    assert "canary" not in kept()
    assert digest in kept()

    handed = staff.post("/v1/admin/people/export", json={"email": EMAIL}).json()
    assert [each["confirmed_at"] is not None for each in handed["addresses"]] == [True]
    assert [(mail["kind"], mail["status"]) for mail in handed["mails"]] == [("confirm", "sent"), ("reply", "sent")]
    erased = staff.post("/v1/admin/people/erase", json={"email": EMAIL}).json()
    assert (erased["addresses"], erased["comments"]) == (1, 1)
    assert digest not in kept()

    other = posted(api, piece, body="Again", author_email=EMAIL, notify=True)
    assert digest in kept()
    assert forget(site.database, days=180) is False
    with time_machine.travel(now() + timedelta(days=181), tick=True):
        assert forget(site.database, days=180) is True
    with site.database.writer.session() as session:
        prune(session, at=now() + timedelta(days=31))
        session.execute(sql("DELETE FROM mails WHERE status = 'pending'"))
    assert digest not in kept()
    assert deleted(api, other).status_code == 204


def test_settings_that_cannot_send_are_refused_at_the_start(tmp_path: Any) -> None:
    def refused(**given: Any) -> str:
        with pytest.raises(WrongSettings) as error:
            load(data_dir=tmp_path, _env_file=None, **given)
        return str(error.value)

    assert "ONRECORD_MAIL_FROM" in refused(smtp_host="mail.example")
    assert "ONRECORD_SMTP_HOST" in refused(mail_from="a@b.example")
    assert "ONRECORD_SMTP_TLS" in refused(smtp_host="mail.example", mail_from="a@b.example", smtp_tls="maybe")
    good = {"smtp_host": "mail.example", "mail_from": "a@b.example"}
    for sender in ("a", "a@b", "A <a@b.example>", "a@b.example\nBcc: c"):
        assert "ONRECORD_MAIL_FROM" in refused(smtp_host="mail.example", mail_from=sender)
    assert "ONRECORD_SMTP_PASSWORD" in refused(**good, smtp_user="me")
    assert "ONRECORD_SMTP_TLS" in refused(**good, smtp_user="me", smtp_password="hush", smtp_tls="none")
    assert "hush" not in refused(**good, smtp_password="hush")
