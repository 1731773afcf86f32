"""The number of SQL statements of a public route does not depend on how much there is to show."""

from collections.abc import Iterator
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from app.articles.models import Citation, Revision
from app.db import new_id
from app.quotes.models import Hop, Placement, Quote
from tests.conftest import Api, draft
from tests.record.surfaces import SURFACES, addresses
from tests.record.world import (
    HOUR,
    NOON,
    Builder,
    Stage,
    add_comment,
    building,
    correct,
    frozen,
    full_draft,
    permit,
    publish,
    quote,
    schedule,
    source,
)

MANY = 30
QUOTES = 501  # of one article; SQLAlchemy's own limit for what it loads at once is 500
UNCACHED = {"Cookie": "no=cache"}
PARTS = ("", "/quotes", "/sources", "/corrections", "/revisions", "/comments")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def growing(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One article at noon, thirty of the kind an hour later; and `much`, with thirty of everything itself."""
    with building(request, tmp_path_factory.mktemp("growing")) as builder:
        with frozen(NOON - HOUR):
            source(builder.staff, "Ida Holm")
            one = full_draft(builder.staff, builder.writing, "one")
            publish(builder.staff, one)
            much(builder)
            for n in range(MANY - 1):
                another(builder, n)
        yield builder.stage({"one": one})


@pytest.fixture
def app(growing: Stage) -> FastAPI:
    return growing.app


def another(b: Builder, n: int) -> None:
    """An article that turns up at each address at which the first one does."""
    article = draft(
        b.staff,
        title=f"zqonetitle lighthouse {n}",
        slug=f"more-{n}",
        markdown="The zqonebody “will double”, she said.",
        tags=["Harbours", f"Tag {n}", "zqonetag"],
        authors=[f"Author {n}", "zqoneauthor", "Bo Lind"],
    )
    way = [{"source": "zqonevia", "role": "via"}, {"source": f"speaker-{n}", "role": "via"}]
    quote(b.staff, article, "will double", speaker="zqonespeaker", attribution=way)
    if n % 3 == 0:
        permit(b.staff, article, "zqoneassigner")
        correct(b.writing, article, "It was so.", at=NOON)
    schedule(b.staff, article, NOON + HOUR)


def much(b: Builder) -> None:
    """An article with hundreds of quotes by thirty speakers, thirty tags and so on, that shares nothing with the first.

    The quotes are put there directly: by the API each would make a revision.
    """
    names = [f"Name {n}" for n in range(MANY)]
    article = draft(b.staff, title="Much", slug="much", markdown="Words.", tags=names, authors=names)
    source(b.staff, "Other", "publication")
    speakers = [UUID(source(b.staff, f"Speaker {n}")["id"]) for n in range(MANY)]
    article_id = UUID(article["id"])
    with b.writing() as session:
        revision_id = session.scalar(select(Revision.id).where(Revision.article_id == article_id))
        session.add_all(Citation(revision_id=revision_id, source_id=found, role="speaker") for found in speakers)
        quotes = [Quote(id=new_id(), article_id=article_id, created_at=NOON) for _ in range(QUOTES)]
        session.add_all(quotes)
        session.flush()
        for n, made in enumerate(quotes):
            session.add(
                Placement(
                    quote_id=made.id, revision_id=revision_id, kind="direct", exact="Words", prefix="", suffix=".",
                    start=0, end=5, review="confirmed", anchor="anchored", speaker_id=speakers[n % MANY],
                    hops=[Hop(position=0, source_id=speakers[(n + 1) % MANY], role="via")],
                )
            )  # fmt: skip
    for _ in range(MANY):
        correct(b.writing, article, "It was so.", at=NOON)
        add_comment(b.writing, article, "So it was.", at=NOON, status="approved")
    permit(b.staff, article, "other")
    schedule(b.staff, article, NOON + HOUR)


def count(api: Api, statements: list[str], url: str) -> int:
    statements.clear()
    answer = api.get(url, headers=UNCACHED)
    assert answer.status_code == 200, url
    return len(statements)


def size(answer: httpx.Response) -> int:
    """How many items a list has; of what is no list, and no JSON, none."""
    return len(answer.json().get("items", ())) if "json" in answer.headers["Content-Type"] else 0


def test_thirty_articles_cost_as_many_statements_as_one(api: Api, growing: Stage, statements: list[str]) -> None:
    urls = addresses(growing.articles["one"])
    assert len(urls) > len(SURFACES)
    costs = {}
    sizes = {}
    for at in (NOON, NOON + HOUR):
        with frozen(at):
            costs[at] = {url: count(api, statements, url) for url in urls}
            sizes[at] = {url: size(api.get(url)) for url in urls}
    assert costs[NOON + HOUR] == costs[NOON]
    assert all(costs[NOON].values())
    grown = [url for url in urls if sizes[NOON + HOUR][url] > sizes[NOON][url] > 0]
    assert len(grown) > 25


def test_an_article_with_hundreds_of_quotes_costs_as_many_statements_as_one_with_a_few(
    api: Api, statements: list[str]
) -> None:
    with frozen(NOON + HOUR):
        for part in PARTS:
            one, more = (count(api, statements, f"/v1/articles/{slug}{part}") for slug in ("piece-one", "much"))
            assert one == more > 0, part
