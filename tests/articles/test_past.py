"""`?at=`: what readers got then, and nothing that they did not get or may not get now."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select

from app.models import Edition
from tests.conftest import Api, published
from tests.record.surfaces import lifetime
from tests.record.world import (
    DAY,
    HOUR,
    NOON,
    Json,
    change,
    comment,
    edit,
    frozen,
    permit,
    publish,
    quote,
    rename,
    source,
    unpublish,
    z,
)

WORDS = "The fare “will double”, Ida Holm said. “No,” said the board."


def then(api: Api, article: Json, at: datetime, part: str = "") -> Any:
    return api.get(f"/v1/articles/{article['id']}{part}", params={"at": z(at)})


class Life:
    """What an editor, readers and the clock do to one article, at random but the same each time."""

    def __init__(self, seed: int, api: Api, staff: Api, article: Json, assigner: Json) -> None:
        self.dice, self.api, self.staff, self.assigner = Random(seed), api, staff, assigner  # noqa: S311
        self.url, self.article, self.at = f"/v1/admin/articles/{article['id']}", article, NOON
        self.deeds: list[Callable[[], Any]] = [
            self.reword, self.retitle, self.readdress, self.reattribute, self.correct, self.mend_correction,
            self.take_correction_back, self.permit, self.postpone, self.find_quote, self.restore_revision, self.chat,
            *[lambda: self.ask("POST", "/publish")] * 4,
            lambda: self.ask("POST", "/unpublish"),
            lambda: self.ask("DELETE", ""),
            lambda: self.ask("POST", "/restore"),
            lambda: self.ask("DELETE", "/schedule"),
        ]  # fmt: skip

    def ask(self, method: str, path: str, **body: Any) -> None:
        """A step that the article's state may refuse."""
        answer = self.staff.request(method, self.url + path, headers={"If-Match": "*"}, json=body or None)
        assert answer.status_code in (200, 201, 404, 409, 422), answer.text

    def step(self) -> None:
        self.dice.choice(self.deeds)()

    def reword(self) -> None:
        self.ask("PATCH", "", markdown=f"{'On Monday. ' * self.dice.randrange(3)}{WORDS}")

    def retitle(self) -> None:
        self.ask("PATCH", "", title=f"Title {self.dice.randrange(9)}", tags=[f"Tag {self.dice.randrange(3)}"])

    def readdress(self) -> None:
        self.ask("PATCH", "", slug=f"slug-{self.dice.randrange(4)}")

    def reattribute(self) -> None:
        self.ask("PATCH", "", authors=[f"Author {self.dice.randrange(3)}"], published_at=z(self.at - DAY))

    def correct(self) -> None:
        self.ask("POST", "/corrections", text=f"Wrong, {self.dice.randrange(99)}.")

    def corrections(self) -> list[Json]:
        return self.staff.get(self.url).json()["corrections"] or [{"id": self.article["id"]}]

    def mend_correction(self) -> None:
        self.ask("PATCH", f"/corrections/{self.dice.choice(self.corrections())['id']}", text="Wrong otherwise.")

    def take_correction_back(self) -> None:
        self.ask("DELETE", f"/corrections/{self.dice.choice(self.corrections())['id']}")

    def permit(self) -> None:
        begin = self.at + HOUR * self.dice.randrange(-1, 2)
        window = {"valid_from": z(begin), "valid_through": z(begin + HOUR * self.dice.choice([1, 30]))}
        self.ask("POST", "/permissions", assigner=self.assigner["id"], credit=f"By permission {self.at}.", **window)

    def postpone(self) -> None:
        self.ask("POST", "/schedule", scheduled_at=z(self.at + HOUR))

    def find_quote(self) -> None:
        text = self.staff.get(self.url).json()["body"]["text"]
        start = text.index("will double")
        self.ask("POST", "/quotes", exact="will double", start=start, end=start + 11, speaker=self.assigner["id"])

    def restore_revision(self) -> None:
        self.ask("POST", f"/revisions/{self.dice.randrange(1, 6)}/restore")

    def chat(self) -> None:
        if self.api.get(f"/v1/articles/{self.article['id']}").status_code == 200:
            self.api.post(f"/v1/articles/{self.article['id']}/comments", json={"author_name": "A", "body": "So."})

    def end(self) -> None:
        """Let readers see the article for good, so that they may look back."""
        self.ask("POST", "/restore")
        self.ask("POST", "/publish")
        self.ask("POST", "/permissions", assigner=self.assigner["id"], credit="For ever.")


def seen_now(api: Api, article: Json) -> Json | None:
    """What readers get, whole; None if they do not, or get what is left of it after its permission's end."""
    shown = {part: api.get(f"/v1/articles/{article['id']}{part}") for part in ("", "/quotes", "/corrections")}
    if any(answer.status_code != 200 for answer in shown.values()):
        return None
    document = {name: value for name, value in shown[""].json().items() if name != "comments"}
    return {"": document, **{part: shown[part].json()["items"] for part in ("/quotes", "/corrections")}}


@pytest.mark.parametrize("seed", [1, 2])
def test_readers_who_look_back_get_what_readers_got_then(seed: int, api: Api, staff: Api) -> None:
    got: dict[datetime, Json | None] = {}
    with time_machine.travel(NOON, tick=False) as clock:
        assigner = source(staff, "The Tide Gazette", "publication")
        article = published(staff, markdown=WORDS, slug="first", published_at=z(NOON - 9 * DAY))
        life = Life(seed, api, staff, article, assigner)
        for _ in range(40):
            life.step()
            if life.dice.random() < 0.7:
                got[life.at] = seen_now(api, article)
                life.at += timedelta(minutes=life.dice.choice([1, 10, 30, 60, 120]))
                clock.move_to(life.at)
        life.end()
        for at, shown in got.items():
            answer = then(api, article, at)
            assert answer.status_code == (404 if shown is None else 200), (at, answer.text)
            if shown is not None:
                document = {name: value for name, value in answer.json().items() if name != "comments"}
                assert document == shown[""], at
                for part in ("/quotes", "/corrections"):
                    assert then(api, article, at, part).json()["items"] == shown[part], at
        assert then(api, article, NOON - DAY).status_code == 404  # its date is older than its record here
    assert 7 < sum(shown is not None for shown in got.values()) < len(got)


def test_what_is_not_public_now_has_no_past(api: Api, staff: Api) -> None:
    with frozen(NOON):
        source(staff, "The Tide Gazette", "publication")
        taken_down, expired = (
            published(staff, slug="down"),
            published(staff, slug="over", canonical_url="https://a.example/"),
        )
        permit(staff, expired, "the-tide-gazette", valid_through=z(NOON + DAY), on_expire="stub")
    with frozen(NOON + HOUR):
        assert [then(api, a, NOON).status_code for a in (taken_down, expired)] == [200, 200]
        answer = then(api, expired, NOON)
        assert answer.json()["permission"]["assigner"]["name"] == "The Tide Gazette"
        unpublish(staff, taken_down)
        assert then(api, taken_down, NOON).status_code == 404
    with frozen(NOON + DAY - timedelta(seconds=2)):
        assert lifetime(then(api, expired, NOON)) <= 2
    with frozen(NOON + DAY):
        for part in ("", "/quotes", "/corrections"):
            refused = then(api, expired, NOON, part)
            assert (refused.status_code, refused.json()["canonical_url"]) == (410, "https://a.example/")
        publish(staff, taken_down)
        assert then(api, taken_down, NOON).status_code == 200
        assert then(api, taken_down, NOON + 2 * HOUR).status_code == 404


@pytest.mark.parametrize("part", ["", "/quotes", "/corrections"])
def test_a_moment_must_have_come_and_be_a_moment(api: Api, staff: Api, part: str) -> None:
    with frozen(NOON):
        article = published(staff)
        assert then(api, article, NOON, part).status_code == 200
        for moment in (z(NOON + timedelta(microseconds=1)), "2026-03-02T08:30:00", "2026-03-02", "yesterday", "0"):
            answer = api.get(f"/v1/articles/{article['id']}{part}", params={"at": moment})
            assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, "at"), moment


def test_a_former_slug_leads_to_the_present_one_and_the_past_has_the_slug_of_its_time(api: Api, staff: Api) -> None:
    with frozen(NOON):
        article = published(staff, slug="before")
    with frozen(NOON + HOUR):
        edit(staff, article, slug="after")
        moved = api.get("/v1/articles/before", params={"at": z(NOON), "fields": "slug,aliases"})
        assert moved.status_code == 308
        assert api.get(moved.headers["Location"]).json() == {"slug": "before", "aliases": []}


def test_who_was_renamed_has_the_new_name_in_the_past_too_at_once(api: Api, staff: Api) -> None:
    with frozen(NOON):
        holm = source(staff, "Ida Holm")
        article = published(staff, markdown=WORDS)
        found = quote(staff, article, "will double", speaker="ida-holm")
    with frozen(NOON + HOUR):
        change(staff, "DELETE", article, f"/quotes/{found['id']}")
        assert then(api, article, NOON).json()["quotes"][0]["speaker"]["name"] == "Ida Holm"
    with frozen(NOON + 2 * HOUR):
        rename(staff, holm, name="Ida Holm-Berg")
        answer = then(api, article, NOON)
        assert answer.json()["quotes"][0]["speaker"]["name"] == "Ida Holm-Berg"
        assert answer.json()["sources"][0]["source"]["name"] == "Ida Holm-Berg"


def test_comments_make_no_edition(api: Api, staff: Api, writing: Any) -> None:
    with frozen(NOON):
        article = published(staff)
    for hours in (1, 2):
        with frozen(NOON + hours * HOUR):
            comment(api, staff, article, "Too much.")
    with writing() as session:
        assert session.scalar(select(func.count()).select_from(Edition)) == 1
