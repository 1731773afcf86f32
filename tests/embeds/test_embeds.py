"""oEmbed, and the cards of quotes: right words, right escaping, and only what readers may see."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any
from urllib.parse import quote as encoded

import jsonschema_rs
import lxml.html
import pytest
from lxml import etree
from PIL import Image

from app.embeds.lines import width
from tests.conftest import Api, draft, published
from tests.record.world import DAY, NOON, Json, building, edit, frozen, permit, quote, source, z

HERE = "http://127.0.0.1:8000"
OEMBED = jsonschema_rs.Draft202012Validator(
    {
        "type": "object",
        "required": ["type", "version", "html", "width", "height"],
        "additionalProperties": False,
        "properties": {
            "type": {"const": "rich"},
            "version": {"const": "1.0"},
            "title": {"type": "string"},
            "author_name": {"type": "string"},
            "provider_name": {"type": "string"},
            "provider_url": {"type": "string", "format": "uri"},
            "html": {"type": "string", "minLength": 1},
            "width": {"type": "integer", "minimum": 1},
            "height": {"type": "integer", "minimum": 1},
            "thumbnail_url": {"type": "string", "format": "uri"},
            "thumbnail_width": {"type": "integer"},
            "thumbnail_height": {"type": "integer"},
        },
        "dependentRequired": {"thumbnail_url": ["thumbnail_width", "thumbnail_height"]},
    },
    validate_formats=True,
)
"""oEmbed 1.0, 2.3.4.4: what an answer of type `rich` must and may have."""

WORDS = {
    "plain": "We <will> & shall “stay”",
    "long": "No more. " * 300 + "The end",
    "chinese": "我们不会让一千一百人在天黑之后没有渡船。" * 3 + "渡船",
    "arabic": "لن نترك ألف ومئة شخص بلا قارب بعد حلول الظلام",
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Api, Json]]:
    """A site that these tests share, and the quotes on it by what they are."""
    with building(request, tmp_path_factory.mktemp("embeds")) as built, frozen(NOON):
        staff = built.staff
        source(staff, "Ida <Holm>")
        source(staff, "Tide & Gazette", "publication")
        text = "\n\n".join([*WORDS.values(), "Perhaps so."]).replace("<", "\\<").replace("&", "\\&")
        made = published(staff, slug="fares", title="Fares & <tolls>", summary="In <short>.", markdown=text)
        way = [{"source": "tide-gazette", "role": "via"}]
        quotes = {name: quote(staff, made, words, speaker="ida-holm", attribution=way) for name, words in WORDS.items()}
        quotes["suggested"] = quote(staff, made, "Perhaps so.", review="suggested")
        permit(staff, made, "tide-gazette", credit="By <leave>.", valid_through=z(NOON + DAY))
        yield built.api, {name: found["id"] for name, found in quotes.items()}


def embedded(api: Api, url: str, **more: Any) -> Json:
    answer = api.get("/oembed", params={"url": url} | more)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    assert [error.message for error in OEMBED.iter_errors(found)] == []
    return found


def test_an_article_is_embedded_by_any_of_its_addresses(stage: tuple[Api, Json]) -> None:
    with frozen(NOON):
        found = embedded(stage[0], f"{HERE}/v1/articles/fares")
        assert (
            found
            == embedded(stage[0], f"{HERE}/v1/articles/fares#:~:text=We")
            == embedded(stage[0], f"{HERE}/v1/articles/fares/")
        )
        html = lxml.html.fragment_fromstring(found["html"])
        assert html.tag == "blockquote"
        assert html.text_content() == "Fares & <tolls>In <short>.By <leave>."
        assert html.get("cite") == f"{HERE}/v1/articles/fares"
        small = embedded(stage[0], f"{HERE}/v1/articles/fares", maxwidth=200, maxheight=100)
        assert (small["width"], small["height"]) == (200, 100)


def test_a_quote_is_embedded_with_its_speaker_its_way_and_its_card(stage: tuple[Api, Json]) -> None:
    api, quotes = stage
    with frozen(NOON):
        found = embedded(api, f"{HERE}/v1/quotes/{quotes['plain']}")
        html = lxml.html.fragment_fromstring(found["html"])
        assert html.find("blockquote").text_content() == WORDS["plain"]
        assert html.find("figcaption").text_content() == (
            "Ida <Holm>, via Tide & Gazette · Fares & <tolls>, Onrecord demo"
        )
        assert html.find("blockquote").get("cite") == api.get(f"/v1/quotes/{quotes['plain']}").json()["url"]
        card = api.get(found["thumbnail_url"].removeprefix(HERE))
        assert card.headers["Content-Type"] == "image/svg+xml"
        assert "thumbnail_url" not in embedded(api, f"{HERE}/v1/quotes/{quotes['plain']}", maxwidth=800)


def test_xml_says_what_json_says(stage: tuple[Api, Json]) -> None:
    with frozen(NOON):
        url = f"{HERE}/v1/quotes/{stage[1]['plain']}"
        answer = stage[0].get(f"/oembed?url={encoded(url, safe='')}&format=xml")
        assert answer.headers["Content-Type"].startswith("text/xml")
        said = {part.tag: part.text for part in etree.fromstring(answer.content)}
        assert said == {name: str(value) for name, value in embedded(stage[0], url).items()}


def test_what_is_not_here_or_not_confirmed_is_not_embedded(stage: tuple[Api, Json]) -> None:
    api, quotes = stage
    with frozen(NOON):
        for url in ("https://example.org/fares", f"{HERE}/v1/articles/none", f"{HERE}/v1/quotes/{quotes['suggested']}"):
            assert api.get("/oembed", params={"url": url}).status_code == 404, url
        assert api.get("/oembed").json()["errors"][0]["parameter"] == "url"
        assert api.get(f"/oembed?url={HERE}/v1/articles/fares&format=yaml").status_code == 400
        assert api.get(f"/v1/quotes/{quotes['suggested']}/card.svg").status_code == 404
        assert api.get("/v1/quotes/none/card.svg").status_code == 404


@pytest.mark.parametrize("name", WORDS)
def test_a_card_has_the_words_the_speaker_and_the_way(stage: tuple[Api, Json], name: str) -> None:
    api, quotes = stage
    with frozen(NOON):
        answer = api.get(f"/v1/quotes/{quotes[name]}/card.svg")
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    root = etree.fromstring(answer.content)
    assert (root.get("width"), root.get("height")) == ("1200", "630")
    assert {element.tag.rpartition("}")[2] for element in root.iter()} == {"svg", "title", "rect", "text"}
    *lines, speaker, way, where = root.findall("{*}text")
    assert (speaker.text, way.text) == ("Ida <Holm>", "via Tide & Gazette")
    assert where.text == "Onrecord demo · Fares & <tolls>"
    words = "".join("".join(line.text.split()) for line in lines)
    whole = "".join(WORDS[name].split())
    assert words == whole or (name == "long" and words.endswith("…") and whole.startswith(words[:-1]))
    for line in lines:
        assert width(line.text) * int(line.get("font-size")) <= 1020
        assert 80 < float(line.get("y")) <= 440
        assert line.get("direction") == ("rtl" if name == "arabic" else None)
        assert line.get("x") == ("1110" if name == "arabic" else "90")


def test_a_card_is_painted_too(stage: tuple[Api, Json]) -> None:
    api, quotes = stage
    with frozen(NOON):
        answers = [api.get(f"/v1/quotes/{quotes[name]}/card.png") for name in ("plain", "long")]
        assert api.get(f"/v1/quotes/{quotes['suggested']}/card.png").status_code == 404
        assert api.get(f"/v1/quotes/{quotes['plain']}/card.gif").status_code == 400
    for answer in answers:
        assert answer.headers["Content-Type"] == "image/png"
        with Image.open(BytesIO(answer.content)) as picture:
            assert (picture.format, picture.size) == ("PNG", (1200, 630))
            words, speaker = (picture.convert("L").crop(box) for box in ((90, 80, 1110, 440), (90, 470, 1110, 510)))
        assert sum(words.histogram()[:60]) > 1000, "dark points where the words are"
        assert sum(speaker.histogram()[:60]) > 100
    assert answers[0].content != answers[1].content


def test_embeds_follow_changes_former_slugs_and_the_end_of_a_permission(api: Api, staff: Api) -> None:
    with frozen(NOON):
        source(staff, "The Tide", "publication")
        made = published(staff, slug="fares", title="Fares")
        said = quote(staff, made, "will double")
        permit(staff, made, "the-tide", valid_through=z(NOON + DAY))
        draft(staff, slug="hidden")
        assert api.get(f"/oembed?url={HERE}/v1/articles/hidden").status_code == 404
        urls = [f"/oembed?url={HERE}/v1/{thing}" for thing in ("articles/fares", f"quotes/{said['id']}")]
        urls.append(f"/v1/quotes/{said['id']}/card.svg")
        before = [api.get(url) for url in urls]
        assert [answer.status_code for answer in before] == [200] * 3
        edit(staff, made, title="Dearer", slug="dearer")
        after = [api.get(url) for url in urls]
        assert all("Dearer" in answer.text for answer in after)
        again = [api.get(u, headers={"If-None-Match": a.headers["ETag"]}) for u, a in zip(urls, after, strict=True)]
        assert [answer.status_code for answer in again] == [304] * 3
    with frozen(NOON + DAY):
        assert [api.get(url).status_code for url in urls] == [404] * 3
