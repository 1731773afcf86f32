"""The number of SQL statements of a public route does not depend on how much there is to show."""

from collections.abc import Iterator

import pytest

from tests.conftest import Api, draft
from tests.record.world import (
    HOUR,
    NOON,
    SURFACES,
    Builder,
    Stage,
    add_comment,
    addresses,
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
UNCACHED = {"Cookie": "no=cache"}
PARTS = ("", "/quotes", "/sources", "/corrections", "/revisions", "/comments")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def growing(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One article at noon, thirty of the kind an hour later; and `much`, with thirty of everything itself."""
    with building(request, tmp_path_factory.mktemp("growing")) as (url, builder):
        with frozen(NOON - HOUR):
            source(builder.staff, "Ida Holm")
            one = full_draft(builder.staff, builder.writing, "one")
            publish(builder.staff, one)
            much(builder)
            for n in range(MANY - 1):
                another(builder, n)
        yield Stage(url, {"one": one})


@pytest.fixture
def database_url(growing: Stage) -> str:
    return growing.url


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
    schedule(b.staff, b.writing, article, NOON + HOUR)


def much(b: Builder) -> None:
    """An article with thirty quotes of as many speakers, thirty tags and so on, that shares nothing with the first."""
    words = " ".join(f"“Words {n}”." for n in range(MANY))
    names = [f"Name {n}" for n in range(MANY)]
    article = draft(b.staff, title="Much", slug="much", markdown=words, tags=names, authors=names)
    source(b.staff, "Other", "publication")
    way = [{"source": "other", "role": "via"}]
    for n in range(MANY):
        speaker = source(b.staff, f"Speaker {n}")["slug"]
        quote(b.staff, article, f"Words {n}", speaker=speaker, attribution=way)
    for _ in range(MANY):
        correct(b.writing, article, "It was so.", at=NOON)
        add_comment(b.writing, article, "So it was.", at=NOON, status="approved")
    permit(b.staff, article, "other")
    schedule(b.staff, b.writing, article, NOON + HOUR)


def count(api: Api, statements: list[str], url: str) -> int:
    statements.clear()
    answer = api.get(url, headers=UNCACHED)
    assert answer.status_code == 200, url
    return len(statements)


def test_thirty_articles_cost_as_many_statements_as_one(api: Api, growing: Stage, statements: list[str]) -> None:
    urls = addresses(growing.articles["one"])
    assert len(urls) > len(SURFACES)
    costs = {}
    sizes = {}
    for at in (NOON, NOON + HOUR):
        with frozen(at):
            costs[at] = {url: count(api, statements, url) for url in urls}
            sizes[at] = {url: len(api.get(url).json().get("items", ())) for url in urls}
    assert costs[NOON + HOUR] == costs[NOON]
    assert all(costs[NOON].values())
    grown = [url for url in urls if sizes[NOON + HOUR][url] > sizes[NOON][url] > 0]
    assert len(grown) > 25


def test_an_article_with_thirty_of_everything_costs_as_many_statements_as_one_with_one_of_each(
    api: Api, statements: list[str]
) -> None:
    with frozen(NOON + HOUR):
        for part in PARTS:
            one, more = (count(api, statements, f"/v1/articles/{slug}{part}") for slug in ("piece-one", "much"))
            assert one == more > 0, part
