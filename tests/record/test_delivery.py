"""`/v1/tags`, `/v1/authors`, `/v1/corrections` and `/v1/site`: what all public articles add up to."""

import pytest

from app import __version__
from tests.conftest import Api, draft, published
from tests.record.world import DAY, HOUR, NOON, Writing, correct, edit, frozen, publish, unpublish


@pytest.mark.parametrize(("field", "path"), [("tags", "/v1/tags"), ("authors", "/v1/authors")])
def test_groups_count_the_public_articles_that_have_them(api: Api, staff: Api, field: str, path: str) -> None:
    first = published(staff, title="First", **{field: ["Ports", "日本", "Zoë Ek"]})
    published(staff, title="Second", **{field: ["Ports", "École", "ports!"]})
    draft(staff, title="Third", **{field: ["Ports", "Only of a draft"]})
    found = api.get(f"{path}?count=exact").json()
    assert found["total"] == len(found["items"]) == 5
    assert [row["slug"] for row in found["items"]] == sorted(row["slug"] for row in found["items"])
    assert {row["name"]: row["article_count"] for row in found["items"]} == {
        "Ports": 2,
        "日本": 1,
        "Zoë Ek": 1,
        "École": 1,
        "ports!": 1,
    }
    for row in found["items"]:
        assert list(row) == ["slug", "name", "article_count"]
        assert api.get(f"{path}/{row['slug']}").json() == row
        articles = api.get(f"/v1/articles?{field[:-1]}={row['slug']}&count=exact").json()
        assert articles["total"] == row["article_count"], row
        assert {"slug": row["slug"], "name": row["name"]} in articles["items"][0][field]
    for slug in ("only-of-a-draft", "nope", "%00", "a" * 120, "日本"):
        assert api.get(f"{path}/{slug}").status_code in (400, 404), slug
    unpublish(staff, first)
    assert [row["name"] for row in api.get(path).json()["items"]] == ["École", "Ports", "ports!"]
    assert api.get(f"{path}/ports").json()["article_count"] == 1


def test_lists_across_articles_refuse_what_they_do_not_know(api: Api) -> None:
    for path in ("/v1/tags", "/v1/authors", "/v1/corrections", "/v1/sources"):
        for query, named in (
            ("nope=1", "nope"),
            ("limit=101", "limit"),
            ("limit=1&limit=1", "limit"),
            ("sort=name", "sort"),
            ("fields=name", "fields"),
        ):
            answer = api.get(f"{path}?{query}")
            assert answer.status_code == 400, (path, query)
            assert named in {error["parameter"] for error in answer.json()["errors"]}, (path, query)


def test_names_keep_the_order_that_the_editor_gave(api: Api, staff: Api) -> None:
    names = ["Zoë", "Ada", "Bo"]
    article = published(staff, authors=names, tags=names)
    shown = api.get(f"/v1/articles/{article['slug']}").json()
    assert [author["name"] for author in shown["authors"]] == [tag["name"] for tag in shown["tags"]] == names
    edit(staff, article, authors=names[::-1])
    (card,) = api.get("/v1/articles").json()["items"]
    assert [author["name"] for author in card["authors"]] == names[::-1]
    assert [tag["name"] for tag in card["tags"]] == names


def test_corrections_of_all_public_articles_are_listed_newest_first(api: Api, staff: Api, writing: Writing) -> None:
    with frozen(NOON):
        first, second, hidden = (draft(staff, title=title) for title in ("First", "Second", "Hidden"))
        correct(writing, first, "It was Monday.", at=NOON - DAY, exact="Monday")
        correct(writing, first, "It was Tuesday.", at=NOON)
        correct(writing, second, "It was he.", at=NOON - HOUR)
        correct(writing, hidden, "It was not.", at=NOON)
        for article in (first, second):
            publish(staff, article)
        found = api.get("/v1/corrections?count=exact").json()
        own = api.get("/v1/articles/first/corrections").json()["items"]
        whole = api.get("/v1/articles/first").json()
    assert found["total"] == 3
    assert [row["text"] for row in found["items"]] == ["It was Tuesday.", "It was he.", "It was Monday."]
    newest, _, oldest = found["items"]
    assert list(newest) == ["id", "kind", "text", "target", "credit", "published_at", "article"]
    assert newest["target"] is None
    start = whole["body"]["text"].index("Monday")
    assert oldest["target"] == {"exact": "Monday", "start": start, "end": start + 6}
    assert newest["article"] == {
        "id": first["id"],
        "slug": "first",
        "title": "First",
        "published_at": "2031-05-05T12:00:00.000000Z",
        "href": "/v1/articles/first",
    }
    assert [row["text"] for row in own] == ["It was Monday.", "It was Tuesday."]
    assert own == whole["corrections"]


def test_the_site_says_what_it_is(api: Api, staff: Api) -> None:
    published(staff, title="One", language="sv")
    published(staff, title="Two", language="en-GB")
    published(staff, title="Three", language="sv")
    draft(staff, title="Four", language="de")
    assert api.get("/v1/site").json() == {
        "name": "Onrecord demo",
        "url": "http://127.0.0.1:8000",
        "languages": ["en-GB", "sv"],
        "comments": {
            "mode": "held",
            "close_after_days": None,
            "edit_minutes": 15,
            "max_length": 10_000,
            "max_depth": 8,
            "notify": False,
        },
        "version": __version__,
    }
