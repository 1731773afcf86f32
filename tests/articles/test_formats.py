"""An article in the formats of others: each valid by its standard, and each says what the JSON says."""

import json
from collections.abc import Iterator

import lxml.html
import pytest
import yaml

from tests.articles.vocabularies import NINJS, schema_org_faults
from tests.conftest import Api, published
from tests.record.world import DAY, MINUTE, NOON, Json, building, edit, frozen, permit, quote, source, z

FORMATS = {
    "json": "application/json",
    "jsonld": "application/ld+json",
    "ninjs": "application/vnd.iptc.ninjs+json",
    "html": "text/html; charset=utf-8",
    "markdown": "text/markdown; charset=utf-8",
}
MARKDOWN = """\
The *fare* “will **double**”, Ida Holm said <on> Monday & Tuesday; ‘no’.

> “We asked. Nobody answered.”

1. One
2. Two “will double” again

`code` ends it.
"""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Api, Json]]:
    """A site that these tests share, and its article as readers get it."""
    with building(request, tmp_path_factory.mktemp("formats")) as built:
        yield built.api, reprint(built.staff)


@pytest.fixture
def reader(stage: tuple[Api, Json]) -> Api:
    return stage[0]


@pytest.fixture
def article(stage: tuple[Api, Json]) -> Json:
    return stage[1]


def reprint(staff: Api) -> Json:
    """A public reprint with quotes of three kinds, a correction, a tag, and words that each format must escape."""
    source(staff, "Ida Holm")
    source(staff, "some <former> officials", "unnamed")
    source(staff, "Tide & Gazette", "publication")
    made = published(
        staff,
        title='Ferry fares "rise" <soon> & 速い',
        slug="fares",
        summary="A --- summary: with\ttab",
        markdown=MARKDOWN,
        authors=["Orla Tennick", "Bo Lind"],
        tags=["Ferries", "Fares & tolls"],
        canonical_url="https://example.org/original?a=1&b=2",
    )
    way = [{"source": "tide-gazette", "role": "via", "url": "https://tide.example/p?a=1&b=2", "date": "2026-03-01"}]
    quote(staff, made, "will double", speaker="ida-holm", attribution=way)
    quote(staff, made, "We asked. Nobody answered.", speaker="some-former-officials", kind="block")
    quote(staff, made, "Two “will double” again", speaker="ida-holm", kind="indirect")
    permit(staff, made, "tide-gazette", credit="With <permission> & thanks.")
    answer = staff.post(
        f"/v1/admin/articles/{made['id']}/corrections", json={"text": "It will <not>."}, headers={"If-Match": "*"}
    )
    assert answer.status_code == 201, answer.text
    found: Json = staff.get("/v1/articles/fares").json()
    return found


def test_a_format_comes_by_name_and_by_accept(reader: Api) -> None:
    tags = set()
    for name, media_type in FORMATS.items():
        by_name = reader.get(f"/v1/articles/fares?format={name}")
        by_accept = reader.get("/v1/articles/fares", headers={"Accept": media_type.partition(";")[0]})
        for answer in (by_name, by_accept):
            assert answer.status_code == 200, answer.text
            assert answer.headers["Content-Type"] == media_type
            assert "Accept" in answer.headers["Vary"].split(", ")
            assert answer.headers["Link"] == '<https://example.org/original?a=1&b=2>; rel="canonical"'
        assert by_name.content == by_accept.content
        tags.add(by_name.headers["ETag"])
        again = reader.get(f"/v1/articles/fares?format={name}", headers={"If-None-Match": by_name.headers["ETag"]})
        assert again.status_code == 304
    assert len(tags) == len(FORMATS)


def test_the_cache_in_front_keeps_the_formats_apart(reader: Api) -> None:
    store = reader.app.state.store
    accepted = ["text/html", "*/*", "application/ld+json", "text/html", "text/html;q=0.1, */*;q=0", "application/json"]
    types = [
        reader.get("/v1/articles/fares", headers={"Accept": accept}).headers["Content-Type"] for accept in accepted
    ]
    hits = store.hits
    again = [
        reader.get("/v1/articles/fares", headers={"Accept": accept}).headers["Content-Type"] for accept in accepted
    ]
    assert [found.partition(";")[0] for found in types] == [
        "text/html", "application/json", "application/ld+json", "text/html", "text/html", "application/json",
    ]  # fmt: skip
    assert again == types
    assert store.hits - hits == len(accepted)
    assert reader.get("/v1/articles/fares", headers={"Accept": "image/png"}).status_code == 406
    assert reader.get("/v1/articles/fares").headers["Content-Type"] == "application/json"


def types_of(reader: Api, accepted: list[str]) -> list[str]:
    """What each `Accept` gets."""
    answers = [reader.get("/v1/articles/fares", headers={"Accept": accept}) for accept in accepted]
    return [answer.headers["Content-Type"] for answer in answers]


def test_what_no_format_satisfies_is_refused_with_those_there_are(reader: Api, article: Json) -> None:
    refused = reader.get("/v1/articles/fares", headers={"Accept": "image/png, text/html;q=0"})
    assert refused.status_code == 406
    assert refused.json()["type"] == "/problems/not-acceptable"
    assert refused.json()["available"] == [kind.partition(";")[0] for kind in FORMATS.values()]
    assert refused.headers["Vary"] == "Accept"
    assert reader.get("/v1/articles/fares?format=pdf").json()["errors"][0]["parameter"] == "format"
    picked = reader.get("/v1/articles/fares?fields=title", headers={"Accept": "text/html"})
    assert picked.json() == {"title": article["title"]}
    assert reader.get("/v1/articles/fares?fields=title&format=html").json()["errors"][0]["parameter"] == "fields"


def test_json_ld_is_schema_org_and_says_who_said_what(reader: Api, article: Json) -> None:
    node = reader.get("/v1/articles/fares?format=jsonld").json()
    assert list(schema_org_faults(node)) == []
    assert node["headline"] == article["title"]
    assert node["articleBody"] == article["body"]["text"]
    assert node["commentCount"] == 0
    assert node["isBasedOn"]["url"] == article["canonical_url"]
    assert node["correction"][0]["text"] == "It will <not>."
    assert [part["text"] for part in node["hasPart"]] == [q["exact"] for q in article["quotes"]]
    first = node["hasPart"][0]
    assert first["spokenByCharacter"] == {
        "@type": "Person", "@id": f"urn:uuid:{article['quotes'][0]['speaker']['id']}", "name": "Ida Holm",
    }  # fmt: skip
    assert first["url"] == f"{article['url']}#:~:text=The%20fare%20%E2%80%9C-,will%20double,-" + (
        "%E2%80%9D%2C%20Ida%20Holm%20said%20%3Con%3E%20Monday%20%26"
    )
    assert {
        "@type": "CreativeWork",
        "url": "https://tide.example/p?a=1&b=2",
        "datePublished": "2026-03-01",
    }.items() <= (node["citation"][0].items())


def test_the_check_of_schema_org_sees_what_is_wrong() -> None:
    wrong = {"@type": "NewsArticle", "spokenByCharacter": "x", "datePublished": "soon", "hasPart": {"@type": "Person"}}
    assert len(list(schema_org_faults(wrong))) == 3


def test_ninjs_fits_its_schema(reader: Api, article: Json) -> None:
    item = reader.get("/v1/articles/fares?format=ninjs").json()
    assert [error.message for error in NINJS.iter_errors(item)] == []
    assert item["uri"] == f"urn:uuid:{article['id']}"
    assert {body["contentType"]: body["value"] for body in item["bodies"]}["text/plain"] == article["body"]["text"]
    assert item["by"] == "Orla Tennick, Bo Lind"
    assert {found["role"] for found in item["infoSources"]} >= {"publisher", "speaker", "via", "reprinted_from"}
    assert not NINJS.is_valid(item | {"headline": "of ninjs 1"})


def test_markdown_has_the_editors_words_under_a_front_matter(reader: Api, article: Json) -> None:
    text = reader.get("/v1/articles/fares?format=markdown").text
    _, head, body = text.split("---\n", 2)
    known = yaml.safe_load(head)
    assert body == f"\n{MARKDOWN}"
    assert known["title"] == article["title"]
    assert known["summary"] == article["summary"]
    assert known["tags"] == ["Ferries", "Fares & tolls"]
    assert known["quotes"][0] == {
        "exact": "will double", "speaker": "Ida Holm", "via": ["Tide & Gazette"], "review": "confirmed",
    }  # fmt: skip


def test_html_marks_the_quotes_and_keeps_the_words(reader: Api, article: Json) -> None:
    answer = reader.get("/v1/articles/fares?format=html")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    document = lxml.html.document_fromstring(answer.text)
    (body,) = document.find_class("body")
    quoted = {q["id"]: q["exact"] for q in article["quotes"] if q["kind"] == "direct"}
    marked = {found.get("data-quote"): found.text_content() for found in body.iter("q")}
    assert marked == quoted
    (block,) = body.xpath(".//figure/blockquote")
    assert block.get("cite") == "https://example.org/original?a=1&b=2"
    (caption,) = body.iter("figcaption")
    assert caption.text == "some <former> officials"
    caption.drop_tree()
    assert "".join(body.text_content().split()) == "".join(article["body"]["text"].split())
    assert document.get("lang") == "en"
    assert next(body.iter("q")).get("cite") == "https://tide.example/p?a=1&b=2"
    assert "With <permission> & thanks." in document.text_content()
    (data,) = document.xpath("//script/text()")
    assert json.loads(data) == reader.get("/v1/articles/fares?format=jsonld").json()


def test_after_the_permissions_end_every_format_is_a_stub(api: Api, staff: Api) -> None:
    with frozen(NOON):
        made = published(staff, slug="lent", canonical_url="https://example.org/first")
        source(staff, "The Tide", "publication")
        permit(staff, made, "the-tide", credit="By leave.", valid_through=z(NOON + DAY), on_expire="stub")
    with frozen(NOON + DAY - MINUTE):
        assert "double" in api.get("/v1/articles/lent?format=html").text
    with frozen(NOON + DAY):
        for name in FORMATS:
            answer = api.get(f"/v1/articles/lent?format={name}")
            assert answer.status_code == 200
            assert "double" not in answer.text
            assert "By leave." in answer.text
        assert list(schema_org_faults(api.get("/v1/articles/lent?format=jsonld").json())) == []
        item = api.get("/v1/articles/lent?format=ninjs").json()
        assert NINJS.is_valid(item)
        assert item["representationType"] == "partial"


def test_a_former_slug_and_a_change_reach_every_format(api: Api, staff: Api) -> None:
    article = published(staff, slug="fares")
    before = {name: api.get(f"/v1/articles/fares?format={name}").headers["ETag"] for name in FORMATS}
    edit(staff, article, slug="dearer", title="Dearer")
    for name in FORMATS:
        moved = api.get(f"/v1/articles/fares?format={name}")
        assert moved.status_code == 308
        assert moved.headers["Location"] == f"/v1/articles/dearer?format={name}"
        answer = api.get(moved.headers["Location"])
        assert answer.headers["ETag"] != before[name]
        assert "Dearer" in answer.text
