"""What search engines are told: every public article that is the site's own, and no other."""

import re

import httpx
import pytest

from app.sitemaps import delivery
from tests.conftest import Api, draft, published
from tests.feeds.grammars import NEWS, SITEMAP, SITEMAP_INDEX, faults
from tests.record.world import DAY, HOUR, MINUTE, NOON, edit, frozen, permit, schedule, source, unpublish, z

HERE = "http://127.0.0.1:8000"


def slugs(answer: httpx.Response) -> list[str]:
    assert answer.headers["Content-Type"] == "application/xml"
    return re.findall(f"<loc>{HERE}/v1/articles/([^<]*)</loc>", answer.text)


def test_the_parts_have_every_public_article_of_ones_own(
    api: Api, staff: Api, monkeypatch: pytest.MonkeyPatch, statements: list[str]
) -> None:
    monkeypatch.setattr(delivery, "PART", 3)
    with frozen(NOON):
        assert slugs(api.get("/sitemap-1.xml")) == []
        made = [published(staff, slug=f"own-{n}", title=f"Own {n}") for n in range(7)]
        draft(staff, slug="hidden")
        published(staff, slug="elsewhere", canonical_url="https://tide.example/1")
        unpublish(staff, published(staff, slug="withdrawn"))
        schedule(staff, draft(staff, slug="later"), NOON + HOUR)
        source(staff, "The Tide", "publication")
        permit(staff, made[6], "the-tide", valid_through=z(NOON + 2 * HOUR))
    with frozen(NOON + MINUTE):
        edit(staff, made[0], title="Own zero")
        index = api.get("/sitemap.xml")
        assert faults(SITEMAP_INDEX, index.content) == []
        parts = re.findall(f"<loc>{HERE}(/sitemap-[0-9]+.xml)</loc>", index.text)
        assert parts == [f"/sitemap-{n}.xml" for n in (1, 2, 3)]
        assert re.findall("<lastmod>([^<.]*)", index.text) == [f"2031-05-05T12:{n}:00" for n in ("01", "00", "00")]
        found = [api.get(part) for part in parts]
        assert all(faults(SITEMAP, part.content) == [] for part in found)
        assert [slug for part in found for slug in slugs(part)] == [f"own-{n}" for n in range(7)]
        statements.clear()
        api.get("/sitemap-1.xml", headers={"Cookie": "no=cache"})
        assert len(statements) == 3
        assert api.get("/sitemap-4.xml").status_code == 404
        assert api.get("/sitemap-x.xml").status_code == 400
        assert api.get("/sitemap.xml", headers={"If-None-Match": index.headers["ETag"]}).status_code == 304
    with frozen(NOON + HOUR):
        assert [slug for n in (1, 2, 3) for slug in slugs(api.get(f"/sitemap-{n}.xml"))] == [
            *(f"own-{n}" for n in range(7)),
            "later",
        ]
    with frozen(NOON + 2 * HOUR):
        assert slugs(api.get("/sitemap-3.xml")) == ["later"]


def test_news_are_what_came_out_in_the_last_two_days_and_leave_in_time(api: Api, staff: Api) -> None:
    with frozen(NOON):
        published(staff, slug="old", published_at=z(NOON - 2 * DAY))
        published(staff, slug="fresh", title="Fresh & <new>", published_at=z(NOON - DAY), language="en-GB")
        published(staff, slug="newest", title="Newest")
        published(staff, slug="elsewhere", canonical_url="https://tide.example/1")
        answer = api.get("/sitemap-news.xml")
        assert faults(NEWS, answer.content) == []
        assert slugs(answer) == ["newest", "fresh"]
        assert "<news:title>Fresh &amp; &lt;new&gt;</news:title>" in answer.text
        assert "<news:name>Onrecord demo</news:name><news:language>en-GB</news:language>" in answer.text
    with frozen(NOON + DAY - MINUTE):
        answer = api.get("/sitemap-news.xml")
        assert slugs(answer) == ["newest", "fresh"]
        assert "s-maxage=60, stale-while-revalidate=0" in answer.headers["Cache-Control"]
    with frozen(NOON + DAY):
        later = api.get("/sitemap-news.xml", headers={"If-Modified-Since": answer.headers["Last-Modified"]})
        assert later.status_code == 200
        assert slugs(later) == ["newest"]


def test_a_site_without_articles_has_empty_maps(api: Api) -> None:
    for path in ("/sitemap.xml", "/sitemap-news.xml"):
        answer = api.get(path)
        assert answer.status_code == 200
        assert slugs(answer) == []


def test_robots_are_told_where_the_maps_are(api: Api) -> None:
    answer = api.get("/robots.txt")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    maps = re.findall(f"^Sitemap: {HERE}(/.*)$", answer.text, re.MULTILINE)
    assert maps == ["/sitemap.xml", "/sitemap-news.xml"]
    assert all(api.get(path).status_code == 200 for path in maps)
