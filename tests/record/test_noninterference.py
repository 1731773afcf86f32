"""What is private leaves no trace: two sites that differ only in it answer every reader alike, byte for byte."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from app.articles.models import Revision
from app.quotes.models import Placement, Quote
from app.sources.models import Source
from tests.conftest import Api, draft
from tests.record.surfaces import SURFACES, addresses, same
from tests.record.world import (
    DAY,
    HOUR,
    IDS,
    MINUTE,
    NOON,
    Writing,
    add_comment,
    attended,
    change,
    comment,
    edit,
    frozen,
    full_draft,
    moderate,
    permit,
    publish,
    quote,
    rename,
    schedule,
    set_article,
    source,
    unpublish,
    z,
)

Answers = dict[str, tuple[int, bytes, dict[str, str]]]


class Site:
    """What readers see, and what staff have that they do not."""

    def __init__(self, api: Api, staff: Api, writing: Writing) -> None:
        self.api, self.staff, self.writing = api, staff, writing
        with frozen(NOON):
            source(staff, "Ida Holm")
            self.secret = source(staff, "Mo Secret")
            self.public = full_draft(staff, writing, "public")
            self.down = full_draft(staff, writing, "down")
            self.gone = full_draft(staff, writing, "gone", valid_through=z(NOON + MINUTE), on_expire="gone")
            for article in (self.public, self.down, self.gone):
                publish(staff, article)
        with frozen(NOON + MINUTE):
            self.said = comment(api, staff, self.down, "Said while it was up")
            unpublish(staff, self.down)

    def answers(self, *more: str) -> Answers:
        """What readers get a day later, at every address that there is, of public things and of others."""
        articles = [self.public, self.down, self.gone, *PRIVATE]
        urls = dict.fromkeys(url for article in articles for url in addresses(article, first=True))
        urls |= dict.fromkeys(more)
        with attended(self.api.app, NOON + DAY):
            return {url: same(self.api.get(url, headers={"Cookie": "no=cache"})) for url in urls}


PRIVATE = [
    {"name": name, "slug": f"piece-{name}"} | dict.fromkeys(IDS, "00000000-0000-7000-8000-000000000000")
    for name in ("hidden", "later", "waiting")
]
"""Articles that only staff will have; their ids are not known to readers, their names can be guessed."""


GUESSES = ("mo-secret", "mo-hidden", "aaa-hidden", "aaa", "boats", "down-again", "piece-other", "lighthouse")
"""Slugs that private things will have."""


def a_draft(s: Site) -> None:
    made = full_draft(s.staff, s.writing, "hidden", valid_from=z(NOON))
    edit(
        s.staff, made, tags=["Aaa", "Harbours", "Zzz"], authors=["Aaa", "Bo Lind"], language="de", published_at=z(NOON)
    )
    permit(s.staff, made, "ida-holm", valid_through=z(NOON + 2 * HOUR))
    edit(s.staff, made, slug="piece-other")
    comment_id = add_comment(s.writing, made, "Waits", at=NOON, status="pending")
    moderate(s.staff, {"id": str(comment_id)}, "approve")
    change(s.staff, "POST", made, "/corrections", text="Hidden")
    link = change(s.staff, "POST", made, "/preview-links", expires_at=z(NOON + 2 * DAY))
    assert s.api.get(link["url"]).status_code == 200


def a_draft_in_review_and_in_the_trash(s: Site) -> None:
    set_article(s.writing, draft(s.staff, title="Lighthouse", published_at=z(NOON)), status="in_review")
    change(s.staff, "DELETE", draft(s.staff, title="Lighthouse"))
    thrown = draft(s.staff, title="Lighthouse", published_at=z(NOON))
    change(s.staff, "DELETE", thrown)
    change(s.staff, "POST", thrown, "/restore")


def an_article_that_is_to_come(s: Site) -> None:
    made = full_draft(s.staff, s.writing, "later", valid_from=z(NOON + HOUR), valid_through=z(NOON + 9 * DAY))
    schedule(s.staff, made, NOON + 5 * DAY)
    edit(s.staff, made, title="Reworded", tags=["Boats"])
    quote(s.staff, made, "hear", speaker="mo-secret")
    permit(s.staff, made, "mo-secret", valid_from=z(NOON + 2 * HOUR))


def an_article_whose_permission_is_to_come(s: Site) -> None:
    made = full_draft(s.staff, s.writing, "waiting", valid_from=z(NOON + 5 * DAY))
    publish(s.staff, made)
    edit(s.staff, made, title="Reworded", tags=["Boats"])
    quote(s.staff, made, "hear", speaker="mo-secret")
    unpublish(s.staff, made)
    publish(s.staff, made)


def work_on_an_article_that_was_taken_down(s: Site) -> None:
    edit(s.staff, s.down, title="New words", tags=["Boats", "Harbours"], slug="down-again")
    quote(s.staff, s.down, "hear", speaker="mo-secret")
    permit(s.staff, s.down, "mo-secret", valid_from=z(NOON))
    change(s.staff, "POST", s.down, "/corrections", text="Wrong")
    moderate(s.staff, s.said, "spam")
    moderate(s.staff, s.said, "approve")
    change(s.staff, "DELETE", s.down)


def comments_that_nobody_has_approved(s: Site) -> None:
    for action in (None, "reject", "spam"):
        comment(s.api, s.staff, s.public, f"Held, {action}", action=action, author_name="Eve")


def sources_that_no_public_article_relies_on(s: Site) -> None:
    other = source(s.staff, "Aaa Hidden", "organization", aliases=["Ida"], same_as=["https://example.org/aaa"])
    rename(s.staff, s.secret, name="Mo Hidden", roles=[{"title": "Chair", "organization": other["slug"]}])
    rename(s.staff, other, name="Aaa Renamed", kind="person")
    with s.writing() as session:  # no route merges yet
        at = NOON + HOUR
        session.execute(
            update(Source)
            .where(Source.id == UUID(s.secret["id"]))
            .values(merged_into_id=UUID(other["id"]), modified_at=at)
        )


def a_rejected_quote_in_a_public_article(s: Site) -> None:
    with s.writing() as session:  # a quote that is rejected by the API makes a revision, which readers may know of
        revision = select(Revision.id).where(Revision.article_id == UUID(s.public["id"]), Revision.is_current)
        kept = Quote(article_id=UUID(s.public["id"]), created_at=NOON)
        session.add(kept)
        session.flush()
        session.add(
            Placement(
                quote_id=kept.id, revision_id=session.scalar(revision), kind="direct", exact="See", prefix="",
                suffix="", start=0, end=3, speaker_id=UUID(s.secret["id"]), review="rejected",
                anchor="anchored", hops=[],
            )
        )  # fmt: skip


SECRETS: list[Callable[[Site], Any]] = [
    a_draft,
    a_draft_in_review_and_in_the_trash,
    an_article_that_is_to_come,
    an_article_whose_permission_is_to_come,
    work_on_an_article_that_was_taken_down,
    comments_that_nobody_has_approved,
    sources_that_no_public_article_relies_on,
    a_rejected_quote_in_a_public_article,
]


def test_private_work_changes_no_answer_to_a_reader(api: Api, staff: Api, writing: Writing) -> None:
    site = Site(api, staff, writing)
    more = addresses(site.public)
    more += [f"/v1/{place}/{slug}" for place in ("sources", "tags", "authors", "articles") for slug in GUESSES]
    more += [f"/v1/articles?{name}={slug}" for name in ("source", "speaker", "tag", "author") for slug in GUESSES]
    more += [f"/v1/articles?source={site.secret['id']}", f"/v1/sources/{site.secret['id']}", "/v1/sources?q=mo"]
    more += ["/v1/articles?language=de", "/v1/search?q=reworded", "/v1/quotes?speaker=mo-secret"]
    before = site.answers(*more)
    assert len(before) > 100
    assert {status for status, _, _ in before.values()} >= {200, 404, 410}
    for number, keep_secret in enumerate(SECRETS):
        with frozen(NOON + HOUR + number * MINUTE):
            keep_secret(site)
    after = site.answers(*more)
    traces = [(url, after[url], answer) for url, answer in before.items() if after[url] != answer]
    assert traces == []

    with frozen(NOON + 2 * HOUR):  # the comparison does see what it ought to see
        edit(staff, site.public, title="Reworded")
    after = site.answers(*more)
    changed = {url for url, answer in before.items() if after[url] != answer}
    assert changed >= {group[0] for route, group in SURFACES.items() if "{" not in group[0]}
    assert "/v1/articles/piece-public" in changed
