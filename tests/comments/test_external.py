"""A service outside is asked about a comment before readers see it; whatever it does, none is shown or lost by it."""

import asyncio
import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import func, select, update
from standardwebhooks.webhooks import Webhook as Checker
from standardwebhooks.webhooks import WebhookVerificationError

from app.comments import external
from app.comments.external import Question
from app.comments.models import Check
from app.context import Site
from app.db import now
from app.events.models import AuditEntry
from app.settings import Settings, WrongSettings
from app.worker import Worker
from tests.comments.world import Json, decide, deleted, edited, kind, one_engine, open_article, post, posted, rule
from tests.conftest import Api
from tests.webhooks.receiver import Receiver, receiving

OLD, NEW = "whsec_" + "b2xk" * 8, "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
GUIDE = Path(__file__).parents[2] / "docs" / "comments.md"
REDIRECT = b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def saying(content: object, status: str = "200 OK") -> Callable[[dict[str, str]], bytes]:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return lambda _: head.encode() + b"Connection: close\r\n\r\n" + body


APPROVES = saying({"action": "approve"})


@pytest.fixture
def service() -> Iterator[Receiver]:
    with receiving(answer=APPROVES) as opened:
        yield opened


@pytest.fixture
def settings(settings: Settings, service: Receiver) -> Settings:
    chosen = {"moderation_url": service.url, "moderation_secret": (NEW,), "moderation_timeout": 1}
    chosen |= {"outbound_allow": ("127.0.0.1",), "worker": "apart"}
    return Settings(**settings.model_dump() | chosen)


def take(site: Site) -> list[Question]:
    return external.take(site.database, site.settings, free=16)


def answer_to(site: Site, questions: list[Question], url: str | None = None) -> None:
    async def work() -> None:
        out = external.way_out(site.settings)
        to = url or site.settings.moderation_url
        await asyncio.gather(*(external.ask(site.database, out, to, question) for question in questions))
        await out.close()

    asyncio.run(work())


def ask(site: Site) -> int:
    """Ask about all that waits; about how many that was."""
    questions = take(site)
    answer_to(site, questions)
    return len(questions)


def staff_view(staff: Api, comment: Json) -> Json:
    found: Json = staff.get(f"/v1/admin/comments/{comment['id']}").json()
    return found


def state(staff: Api, comment: Json) -> tuple[str, list[str]]:
    found = staff_view(staff, comment)
    return found["status"], found["findings"]


def deeds(site: Site) -> list[tuple[str, Any]]:
    with site.database.reader() as session:
        mine = select(AuditEntry).where(AuditEntry.actor == "external").order_by(AuditEntry.number)
        return [(entry.action, entry.after) for entry in session.scalars(mine)]


def checks(site: Site) -> int:
    with site.database.reader() as session:
        return session.scalar(select(func.count()).select_from(Check)) or 0


def test_a_comment_waits_for_the_service_and_is_seen_once_it_approves(
    api: Api, site: Site, piece: Json, service: Receiver
) -> None:
    made = posted(api, piece, author_email="ada@reader.example")
    assert (made["status"], made["held"]) == ("pending", "review")
    assert api.get(f"/v1/comments/{made['id']}").status_code == 404
    assert service.got == [], "no reader waits for it"
    assert ask(site) == 1
    assert api.get(f"/v1/comments/{made['id']}").json()["text"] == "Well put."
    assert ask(site) == 0
    [(headers, body)] = service.got
    data = Checker(NEW).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Checker(OLD).verify(body, headers)
    assert data["type"] == "comment.check"
    assert data["data"] == {
        "id": made["id"],
        "article": {"id": piece["id"], "title": piece["title"], "url": piece["url"]},
        "author": {"name": "Ada"},
        "kind": "comment",
        "text": "Well put.",
        "findings": ["external"],
        "spam_score": None,
    }
    assert deeds(site) == [("moderate", {"status": "approved", "reason_code": None, "reason": None})]
    assert checks(site) == 0


@one_engine
def test_the_guides_receiver_checks_what_it_gets(api: Api, site: Site, piece: Json, service: Receiver) -> None:
    [code] = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    guide: dict[str, Any] = {}
    exec(code, guide)  # noqa: S102
    for words in ("Well put.", "You fool."):
        posted(api, piece, body=words)
    ask(site)
    answers = {json.loads(sent)["data"]["text"]: guide["check"](headers, sent) for headers, sent in service.got}
    assert answers == {
        "Well put.": {"action": "approve"},
        "You fool.": {"action": "hold", "labels": ["insult"]},
    }
    headers, sent = service.got[0]
    with pytest.raises(WebhookVerificationError):
        guide["check"](headers, sent.replace(b"Ada", b"Eve"))


def test_it_may_reject_or_leave_it_to_a_moderator(
    api: Api, staff: Api, site: Site, piece: Json, service: Receiver
) -> None:
    for action, status in (("reject", "rejected"), ("spam", "spam"), ("hold", "pending")):
        service.answer = saying({"action": action, "reason": "abusive", "labels": ["insult", "score=0.93"]})
        made = posted(api, piece)
        ask(site)
        shown = staff_view(staff, made)
        assert (shown["status"], shown["findings"]) == (status, ["external"])
        assert (shown["reason_code"], shown["reason"]) == ("abusive", "insult, score=0.93")
        assert deeds(site)[-1][1]["reason"] == "insult, score=0.93"
        assert ask(site) == 0, "it is asked once"
        assert decide(staff, "approve", made, current_status=status).status_code == 200
        assert checks(site) == 0


NO_ANSWERS: list[tuple[Callable[[dict[str, str]], bytes], str]] = [
    (saying({"action": "approve"}, "500 Oops"), "It answered with the status 500."),
    (saying({"action": "approve"}, "404 Not Found"), "It answered with the status 404."),
    (saying({"action": "approve"}, "202 Accepted"), "It answered with the status 202."),
    (lambda _: REDIRECT, "It answered with the status 302."),
    (saying({"action": "publish"}), "Its answer is not as it is agreed."),
    (saying({"action": "approve", "status": "approved"}), "Its answer is not as it is agreed."),
    (saying({"action": ["approve"]}), "Its answer is not as it is agreed."),
    (saying({"action": "reject", "reason": "ugly"}), "Its answer is not as it is agreed."),
    (saying({"action": "approve", "labels": ["<b>"]}), "Its answer is not as it is agreed."),
    (saying({"action": "approve", "labels": ["x"] * 11}), "Its answer is not as it is agreed."),
    (saying(b'{"action": "approve"' + b" " * 9_000_000 + b"}"), "Its answer is not as it is agreed."),
    (saying(b"\xff\x00garbage"), "Its answer is not as it is agreed."),
    (saying(b""), "Its answer is not as it is agreed."),
    (saying(b"[" * 4000), "Its answer is not as it is agreed."),
    (lambda _: b"SSH-2.0-OpenSSH_9.6\r\n", "RemoteProtocolError"),
    (lambda _: b"", "RemoteProtocolError"),
]


@one_engine
def test_an_answer_that_is_none_leaves_the_comment_to_the_moderators(
    api: Api, staff: Api, site: Site, piece: Json, service: Receiver
) -> None:
    for answer, said in NO_ANSWERS:
        service.answer = answer
        made = posted(api, piece)
        ask(site)
        shown = staff_view(staff, made)
        assert (shown["status"], shown["findings"]) == ("pending", ["external", "unanswered"]), said
        assert shown["reason"].startswith(said)
        assert deeds(site)[-1] == ("check", {"outcome": "unanswered", "reason_code": None, "reason": shown["reason"]})
    assert ask(site) == 0
    assert service.connections == len(NO_ANSWERS), "none is asked twice, nor elsewhere"


@one_engine
def test_one_that_hangs_or_is_down_leaves_it_to_the_moderators(
    api: Api, staff: Api, site: Site, piece: Json, service: Receiver
) -> None:
    service.pause = 0.1
    slow = posted(api, piece)
    ask(site)
    shown = staff_view(staff, slow)
    assert (shown["status"], shown["reason"]) == ("pending", "No whole answer within 1 s.")
    down = posted(api, piece, body="Well said.")
    answer_to(site, take(site), "http://127.0.0.1:1/")
    assert state(staff, down) == ("pending", ["external", "unanswered"])
    assert decide(staff, "approve", slow, down).status_code == 200, "moderators need no service"
    assert gauges(api) == {"asked": 0, "hold": 0, "unanswered": 0}


def gauges(api: Api) -> dict[str, float]:
    families = text_string_to_metric_families(api.get("/metrics").text)
    [found] = [family for family in families if family.name == "onrecord_comments_external"]
    return {sample.labels["state"]: sample.value for sample in found.samples}


def test_what_waits_is_in_the_metrics(api: Api, site: Site, piece: Json, service: Receiver) -> None:
    service.answer = saying({"action": "hold"})
    posted(api, piece)
    ask(site)
    service.answer = saying(b"")
    posted(api, piece)
    ask(site)
    posted(api, piece)
    with site.database.writer.session() as session:
        open_one = update(Check).where(Check.outcome.is_(None))
        session.execute(open_one.values(created_at=now() - timedelta(minutes=5)))
    assert gauges(api) == {"asked": 1, "hold": 1, "unanswered": 1}
    text = api.get("/metrics").text
    [seconds] = [
        float(line.split()[1]) for line in text.splitlines() if line.startswith("onrecord_comments_external_s")
    ]
    assert 299 < seconds < 400


def test_a_secret_is_changed_while_both_are_good(api: Api, site: Site, piece: Json, service: Receiver) -> None:
    chosen = site.settings.model_dump() | {"moderation_secret": (NEW, OLD)}
    posted(api, piece)
    questions = external.take(site.database, Settings(**chosen), free=16)
    answer_to(site, questions)
    [(headers, body)] = service.got
    assert Checker(OLD).verify(body, headers) == Checker(NEW).verify(body, headers)


def test_an_edit_while_it_is_asked_is_asked_about_anew(
    api: Api, staff: Api, site: Site, piece: Json, service: Receiver
) -> None:
    made = posted(api, piece)
    asked = take(site)
    assert edited(api, made, "Well put, you fool.").json()["status"] == "pending"
    answer_to(site, asked)
    assert state(staff, made) == ("pending", ["external"]), "it approved other words"
    assert ask(site) == 1
    assert json.loads(service.got[-1][1])["data"]["text"] == "Well put, you fool."
    assert state(staff, made)[0] == "approved"
    assert len(set(service.ids())) == 2
    assert edited(api, made, "Well put, my friend.").json()["status"] == "pending", "so is one that was approved"
    assert state(staff, made) == ("pending", ["external", "edited"])
    assert ask(site) == 1
    assert state(staff, made)[0] == "approved"


def test_an_edit_that_is_held_for_something_else_waits_for_a_moderator(
    api: Api, staff: Api, site: Site, piece: Json
) -> None:
    made = posted(api, piece)
    asked = take(site)
    links = "See https://a.example https://b.example https://c.example"
    edited(api, made, links)
    answer_to(site, asked)
    assert state(staff, made) == ("pending", ["links"])
    assert edited(api, made, "See for yourself.").json()["status"] == "pending"
    assert (ask(site), state(staff, made)) == (0, ("pending", ["links"])), "nobody asks about what rules hold"


def test_a_moderator_who_decides_meanwhile_wins(
    api: Api, staff: Api, site: Site, piece: Json, service: Receiver
) -> None:
    service.answer = saying({"action": "spam"})
    rejected, approved = posted(api, piece), posted(api, piece)
    asked = take(site)
    assert decide(staff, "reject", rejected).status_code == 200
    assert decide(staff, "approve", approved).status_code == 200
    answer_to(site, asked)
    assert (state(staff, rejected)[0], state(staff, approved)[0]) == ("rejected", "approved")
    assert deeds(site) == []
    assert decide(staff, "undo", rejected).status_code == 200
    assert ask(site) == 0, "a moderator put it back for moderators"


def test_one_deleted_meanwhile_stays_so(api: Api, staff: Api, site: Site, piece: Json) -> None:
    made = posted(api, piece)
    asked = take(site)
    assert deleted(api, made).status_code == 204
    answer_to(site, asked)
    assert state(staff, made)[0] == "deleted"
    assert (deeds(site), checks(site)) == ([], 0)


def test_whoever_dies_while_asking_leaves_the_question_to_another(
    api: Api, staff: Api, site: Site, piece: Json
) -> None:
    made = posted(api, piece)
    lost = take(site)
    assert take(site) == [], "no two ask at the same time"
    with site.database.writer.session() as session:
        session.execute(update(Check).values(leased_until=now() - timedelta(seconds=1)))
    found = take(site)
    assert [question.check_id for question in found] == [question.check_id for question in lost]
    answer_to(site, lost)
    assert state(staff, made)[0] == "pending", "it is another's to heed"
    answer_to(site, found)
    assert state(staff, made)[0] == "approved"
    assert len(deeds(site)) == 1


def test_the_worker_asks(api: Api, staff: Api, site: Site, piece: Json, service: Receiver) -> None:
    made = [posted(api, piece, body=f"Well put, {number} times.") for number in range(3)]
    workers = [Worker(site.settings, site.database) for _ in range(2)]
    for worker in workers:
        worker.start()
    until = time.monotonic() + 10
    while checks(site) and time.monotonic() < until:
        time.sleep(0.05)
    for worker in workers:
        worker.stop()
    assert [state(staff, comment)[0] for comment in made] == ["approved"] * 3
    assert len(service.ids()) == len(set(service.ids())) == 3


@one_engine
def test_staff_and_what_rules_hold_are_not_asked_about(api: Api, staff: Api, site: Site, piece: Json) -> None:
    assert post(staff, piece, author_name=None).status_code == 201
    assert posted(api, piece, kind="challenge", evidence="https://example.org/")["held"] == "challenge"
    rule(staff, mode="held")
    assert posted(api, piece)["held"] == "all"
    assert ask(site) == 0


@one_engine
@pytest.mark.parametrize(
    "chosen",
    [
        {"moderation_url": "ftp://example.org/"},
        {"moderation_url": "https:/"},
        {"moderation_url": "https://me:word@example.org/"},
        {"moderation_secret": ()},
        {"moderation_secret": ("hunter2",)},
        {"moderation_secret": ("whsec_c2hvcnQ=",)},
        {"moderation_secret": (NEW, "whsec_!")},
        {"moderation_timeout": 0},
    ],
)
def test_wrong_settings_are_refused(chosen: dict[str, Any], settings: Settings) -> None:
    with pytest.raises(ValueError, match=r"(?i)moderation") as refusal:
        Settings(**settings.model_dump() | chosen)
    assert "hunter2" not in str(refusal.value)


@one_engine
@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "[::ffff:10.0.0.1]", "169.254.169.254"])
def test_an_address_inside_is_refused_at_the_start(host: str, settings: Settings) -> None:
    inside = settings.model_copy(update={"moderation_url": f"http://{host}/", "outbound_allow": ()})
    with pytest.raises(WrongSettings, match="ONRECORD_MODERATION_URL: must be public"):
        external.check_address(inside)


def test_a_decision_about_words_that_were_edited_meanwhile_changes_nothing(api: Api, staff: Api) -> None:
    rule(staff, mode="held")
    made, other = [posted(api, open_held(staff)) for _ in range(2)]
    edited(api, made, "Worse.")
    late = decide(staff, "approve", made, other, current_status="pending", edited_at=None)
    assert kind(late) == (409, "already-decided")
    current = {row["id"]: row["edited_at"] for row in late.json()["current"]}
    assert state(staff, made)[0] == state(staff, other)[0] == "pending"
    seen = staff_view(staff, made)["edited_at"]
    assert current == {made["id"]: seen, other["id"]: None}
    each = [{"id": made["id"], "action": "approve", "edited_at": None}]
    each += [{"id": other["id"], "action": "approve", "edited_at": None}]
    done = staff.post("/v1/admin/comments/bulk", json={"decisions": each}).json()["items"]
    assert [row["status"] for row in done] == ["pending", "approved"]
    assert decide(staff, "approve", made, edited_at=seen).status_code == 200
    assert decide(staff, "reject", made, other).status_code == 200, "who says nothing about it is not asked"


def open_held(staff: Api) -> Json:
    made = open_article(staff)
    rule(staff, mode="held")
    return made
