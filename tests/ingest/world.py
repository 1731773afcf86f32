"""A record that has something in every field of an export."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.accounts.actions import create_user
from app.articles.groups import AUTHORS, TAGS, FormerSlug
from app.articles.models import Author, Tag
from app.articles.renditions import rebuild
from app.comments.models import ArticleRules, Comment, SiteRules
from app.comments.policy_schemas import Rules
from app.comments.reactions import rank
from app.context import Site
from app.corrections.models import Correction
from app.db import now
from app.events.actions import COMMAND_LINE
from app.ingest.importing import Import
from app.permissions.models import Permission
from app.quotes.models import Placement
from app.sources.models import Source
from tests.conftest import Api, draft, published
from tests.ingest.test_archives import FIXTURES
from tests.media.test_media import WORDS, uploaded
from tests.record.world import (
    change,
    comment,
    correct,
    edit,
    permit,
    publish,
    quote,
    rename,
    schedule,
    set_article,
    source,
    unpublish,
)

Json = dict[str, Any]


def fill(site: Site, api: Api, staff: Api) -> None:
    """Make it on an empty site."""
    writing = site.database.writer.session
    with (FIXTURES / "wordpress.xml").open("rb") as stream:
        list(Import(COMMAND_LINE, publish=True).run_file(site.database, stream)[1])
    people(staff, writing)
    later = published(staff, title="Later", markdown="“All boats stay,” Ida Holm said. “They do.”", summary="Boats.")
    first = published(staff, authors=["Ada Berg", "Bo Lind"], tags=["Ferries", "Harbour"], slug="fares")
    said = quote(staff, first, "will double", speaker="ida-holm", attribution=[hop("the-review"), hop("the-board")])
    change(staff, "PATCH", first, f"/quotes/{said['id']}", review="confirmed")
    vouch(staff, said["id"], "heard_on_record", time_code="0:14:05", url="https://radio.example/1", note="Part 2.")
    vouch(staff, said["id"], "matched_in_source", source_text="Fares will double.")
    picture = uploaded(staff, **WORDS, caption="At noon")
    staff.patch(
        f"/v1/admin/media/{picture['id']}", json={"focal_point": {"x": 0.25, "y": 0.1}}, headers={"If-Match": "*"}
    )
    shown = f"![Boats]({picture['url']})"
    published(staff, title="With pictures", markdown=f"Look.\n\n{shown}", image=picture["id"])
    answer = comment(api, staff, first, "Well put.", target={"quote": said["id"]})
    comment(api, staff, first, "No, it was not.", parent_id=answer["id"])
    comment(api, staff, first, "Buy boats", action="spam")
    comment(api, staff, first, "Waiting.", action=None)
    edit(
        staff,
        first,
        slug="fares-rise",
        markdown="The fare “will double” — soon.\n\n“Not ☃️ so,” Bo Lind said.",
        note="!",
    )
    edit(staff, first, markdown="“Not ☃️ so,” Bo Lind said.", canonical_url="https://review.example/fares")
    correct(writing, first | {"body": {"text": "“Not ☃️ so,”"}}, "It was not so.", at=now(), exact="Not ☃️ so,")
    permit(staff, later, "the-review", valid_through="2090-01-01T00:00:00Z")
    with writing() as session:
        basis = str(session.scalar(select(Permission.id).where(Permission.article_id == UUID(later["id"]))))
    rest = {"valid_from": "2020-01-01T00:00:00Z", "valid_through": "2080-01-01T00:00:00Z", "proof": "Letter"}
    reprint = published(staff, title="A reprint", markdown="Words.")
    permit(staff, reprint, "the-board", parent=basis, on_expire="redirect", **rest)
    permit(staff, draft(staff, title="Not yet"), "the-review")
    schedule(staff, draft(staff, title="Tomorrow"), now() + timedelta(days=1))
    unpublish(staff, gone := published(staff, title="Gone for now"))
    set_article(writing, gone, date_unscheduled=now())
    publish(staff, gone)
    change(staff, "DELETE", draft(staff, title="In the trash"))
    decide(writing)


def people(staff: Api, writing: Callable[[], Any]) -> None:
    """Sources that point at each other, the older ones at newer ones."""
    ida = source(staff, "Ida Holm", aliases=["Айда Хольм"], same_as=["https://wikidata.example/Q1"])
    double = source(staff, "I. Holm")
    source(staff, "The Board", "organization", url="https://board.example/")
    source(staff, "The Review", "publication")
    role = {"title": "Chair", "organization": "the-board", "valid_from": "2020-01-01", "valid_through": "2024-01-01"}
    rename(staff, ida, roles=[role, {"title": "Harbour master"}])
    with writing() as session:
        session.get(Source, UUID(double["id"])).merged_into_id = UUID(ida["id"])


def vouch(staff: Api, quote_id: str, verification: str, **fields: Any) -> None:
    answer = staff.post(
        f"/v1/admin/quotes/{quote_id}/evidence",
        json={"verification": verification} | fields,
        headers={"If-Match": "*"},
    )
    assert answer.status_code == 201, answer.text


def hop(name: str) -> Json:
    return {"source": name, "role": "via", "url": f"https://{name}.example/1", "date": "2024-05-06"}


def decide(writing: Callable[[], Any]) -> None:
    """What no route of today leaves behind: reasons and edits of comments, users who are gone, machine's places."""
    with writing() as session:
        correction = session.scalars(select(Correction)).one()
        correction.credit = "Ada"
        for row in session.scalars(select(Comment)):
            row.reason, row.edited_at, row.reason_code = "Off topic", row.created_at, "off_topic"
            row.evidence, row.badge, row.findings = "https://review.example/", "staff", ["links"]
            row.target = {"exact": "Not", "prefix": "“", "suffix": " so"} if row.quote_id is None else None
            row.correction_id = correction.id if row.article_id == correction.article_id else None
            row.flag_count, row.votes_for, row.votes_against = 1, 5, 2
            row.rank = rank(5, 2)
        session.add(
            SiteRules(id=1, document=Rules(mode="open", close_after_days=30).model_dump(mode="json"), changed_at=now())
        )
        session.add(ArticleRules(article_id=correction.article_id, mode="first_time", close_after_days=9))
        for group, table in ((AUTHORS, Author), (TAGS, Tag)):
            [row] = session.scalars(select(table).order_by(table.id).limit(1))
            session.add(FormerSlug(kind=group.name, slug="once", **{group.owner: row.id}))
        gone = create_user(session, email="gone@x.example", name="G", role="author", password_hash="x", at=now())
        gone.disabled_at = now()
        for placement in session.scalars(select(Placement).where(Placement.start.is_not(None))):
            placement.mention_start, placement.mention_end, placement.cue_start, placement.cue_end = 1, 2, 3, 4
            placement.confidence, placement.rule = 0.123, "tail loose"
            placement.parent_id = placement.quote_id
        rebuild(session, at=now())
