"""Staff set quotes at exact places, say who spoke and how the words came, and review them."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from app.models import Event
from app.quotes.schemas import QuoteIn, QuotePatch
from app.settings import Settings
from tests.conftest import Api, draft, published

TEXT = "The fare “will double”, Ida Holm said on Monday. “It will not”, Bo Lind said."
NOWHERE = "0193a5b0-c0de-7000-8000-00000000000a"


one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what is decided before the database has a say."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Without the cache, which on PostgreSQL hears of a change a moment after it."""
    return settings.model_copy(update={"cache_mb": 0})


def span(exact: str, text: str = TEXT) -> dict[str, Any]:
    """The body that sets a quote on the first place of these words."""
    start = text.index(exact)
    return {"exact": exact, "start": start, "end": start + len(exact)}


def source(staff: Api, name: str, kind: str = "person") -> dict[str, Any]:
    made: dict[str, Any] = staff.post("/v1/admin/sources", json={"kind": kind, "name": name}).json()
    return {key: made[key] for key in ("id", "slug", "kind", "name", "url")}


def add(staff: Api, article: dict[str, Any], **fields: Any) -> httpx.Response:
    return staff.post(f"/v1/admin/articles/{article['id']}/quotes", json=fields, headers={"If-Match": article["etag"]})


def patch(staff: Api, article: dict[str, Any], quote_id: str, **fields: Any) -> httpx.Response:
    return staff.patch(
        f"/v1/admin/articles/{article['id']}/quotes/{quote_id}", json=fields, headers={"If-Match": article["etag"]}
    )


def edited(staff: Api, article: dict[str, Any], **fields: Any) -> httpx.Response:
    url = f"/v1/admin/articles/{article['id']}"
    return staff.patch(url, json=fields, headers={"If-Match": article["etag"]})


def taken(answer: httpx.Response) -> dict[str, Any]:
    assert answer.is_success, answer.text
    body: dict[str, Any] = answer.json()
    return body | {"etag": answer.headers["ETag"]}


def pointers(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 422, answer.text
    return {error["pointer"] for error in answer.json()["errors"]}


@pytest.fixture
def article(staff: Api) -> dict[str, Any]:
    return published(staff, markdown=TEXT)


def test_a_quote_at_its_exact_place_is_public_with_its_speaker_and_its_way(
    api: Api, staff: Api, article: dict[str, Any]
) -> None:
    holm, wire = source(staff, "Ida Holm"), source(staff, "Coast Wire", "organization")
    hop = {"source": wire["slug"], "role": "via", "url": "https://wire.example/1", "date": "2026-03-01"}
    answer = add(staff, article, **span("will double"), speaker=holm["slug"], attribution=[hop])
    assert answer.status_code == 201
    assert answer.json()["revision"] == article["revision"] + 1
    public = api.get(f"/v1/articles/{article['slug']}").json()
    [quote] = public["quotes"]
    assert public["body"]["text"][quote["start"] : quote["end"]] == quote["exact"] == "will double"
    assert (quote["prefix"], quote["suffix"]) == ("The fare “", "”, Ida Holm said on Monday. “It ")
    assert (quote["kind"], quote["review"], quote["anchor"]) == ("direct", "confirmed", "anchored")
    assert quote["speaker"] == holm
    assert [(hop["source"]["name"], hop["role"]) for hop in quote["attribution"]] == [
        ("Ida Holm", "speaker"),
        ("Coast Wire", "via"),
        ("Onrecord demo", "publisher"),
    ]
    assert quote["attribution"][1]["url"] == "https://wire.example/1"
    assert quote["attribution"][1]["date"] == "2026-03-01"
    roles = {(cited["source"]["name"], cited["role"]) for cited in public["sources"]}
    assert roles == {("Ida Holm", "speaker"), ("Coast Wire", "via")}
    assert [found["id"] for found in api.get("/v1/quotes").json()["items"]] == [quote["id"]]


@one_engine
def test_offsets_count_code_points_of_the_text(staff: Api) -> None:
    text = "👩‍👩‍👧 said “ñandú 渡輪 𝔘” — twice."
    made = draft(staff, markdown=text)
    quote = taken(add(staff, made, **span("ñandú 渡輪 𝔘", text)))["quotes"][0]
    assert text[quote["start"] : quote["end"]] == "ñandú 渡輪 𝔘"


@one_engine
def test_a_quote_elsewhere_than_its_words_is_refused(staff: Api, article: dict[str, Any]) -> None:
    right = span("will double")
    for wrong, pointer in [
        ({"start": right["start"] + 1, "end": right["end"] + 1}, "/exact"),
        ({"exact": "will Double"}, "/exact"),
        ({"exact": "will doublе"}, "/exact"),  # a Cyrillic е
        ({"end": right["end"] - 1}, "/exact"),
        ({"start": 0, "end": len(TEXT) + 1}, "/end"),
        ({"start": right["end"], "end": right["start"]}, "/end"),
        ({"start": right["start"], "end": right["start"]}, "/end"),
        ({"end": 2**63 - 1}, "/end"),
        ({"start": -1}, "/start"),
        ({"start": str(right["start"])}, "/start"),
        ({"start": True}, "/start"),
        ({"start": None}, "/start"),
        ({"exact": ""}, "/exact"),
        ({"kind": "shouted"}, "/kind"),
        ({"review": "maybe"}, "/review"),
        ({"speaker": "nobody"}, "/speaker"),
        ({"speaker": NOWHERE}, "/speaker"),
        ({"attribution": [{"source": "nobody", "role": "via"}]}, "/attribution/0/source"),
        ({"attribution": [{"source": "onrecord-demo", "role": "publisher"}]}, "/attribution/0/role"),
        ({"attribution": [{"source": "onrecord-demo", "role": "via", "url": "javascript:x"}]}, "/attribution/0/url"),
        ({"attribution": [{"source": "onrecord-demo", "role": "via", "date": 0}]}, "/attribution/0/date"),
        ({"id": NOWHERE}, "/id"),
    ]:
        assert pointers(add(staff, article, **(right | wrong))) == {pointer}, wrong
    assert staff.get(f"/v1/admin/articles/{article['id']}").headers["ETag"] == article["etag"]


@one_engine
def test_the_way_of_a_quote_passes_nobody_twice(staff: Api, article: dict[str, Any]) -> None:
    holm, wire, lind = source(staff, "Ida Holm"), source(staff, "Coast Wire"), source(staff, "Bo Lind")

    def hop(of: dict[str, Any], role: str = "via") -> dict[str, Any]:
        return {"source": of["id"], "role": role}

    for speaker, hops, pointer in [
        (holm, [hop(holm)], "/attribution"),
        (holm, [hop(wire), hop(wire)], "/attribution"),
        (None, [hop(wire), hop(lind), hop(wire)], "/attribution"),
        (holm, [hop(lind, "speaker")], "/attribution/0/source"),
        (holm, [hop(wire), hop(lind, "speaker")], "/attribution"),
        (None, [hop(holm, "speaker"), hop(lind, "speaker")], "/attribution"),
    ]:
        sent = span("will double") | {"speaker": speaker and speaker["slug"], "attribution": hops}
        assert pointers(add(staff, article, **sent)) == {pointer}
    made = taken(add(staff, article, **span("will double"), speaker=holm["slug"], attribution=[hop(wire)]))
    quote_id = made["quotes"][0]["id"]
    assert pointers(patch(staff, made, quote_id, speaker=wire["slug"])) == {"/attribution"}
    assert pointers(patch(staff, made, quote_id, attribution=[hop(holm)])) == {"/attribution"}
    named = taken(add(staff, made, **span("It will not"), attribution=[hop(lind, "speaker"), hop(wire)]))
    assert [quote["speaker"] for quote in named["quotes"]] == [holm, lind]


def test_a_quote_is_changed_in_what_is_named_and_nothing_else(staff: Api, article: dict[str, Any]) -> None:
    holm, lind, wire = source(staff, "Ida Holm"), source(staff, "Bo Lind"), source(staff, "Coast Wire")
    via = [{"source": wire["slug"], "role": "via"}]
    made = taken(add(staff, article, **span("will double"), speaker=holm["slug"], attribution=via, review="suggested"))
    before = made["quotes"][0]

    def changed(**fields: Any) -> dict[str, Any]:
        nonlocal made
        made = taken(patch(staff, made, before["id"], **fields))
        after: dict[str, Any] = made["quotes"][0]
        return after

    assert changed() == before
    assert changed(review="confirmed") == before | {"review": "confirmed"}
    assert changed(kind="mixed") == before | {"review": "confirmed", "kind": "mixed"}
    spoken = changed(speaker=lind["id"])
    assert spoken["speaker"] == lind
    assert [hop["source"]["name"] for hop in spoken["attribution"]] == ["Bo Lind", "Coast Wire", "Onrecord demo"]
    unknown = changed(speaker=None)
    assert unknown["speaker"] is None
    assert [hop["role"] for hop in unknown["attribution"]] == ["via", "publisher"]
    assert [hop["role"] for hop in changed(attribution=[])["attribution"]] == ["publisher"]
    moved = changed(**span("It will not"))
    assert (moved["id"], moved["exact"]) == (before["id"], "It will not")
    assert moved["prefix"] == TEXT[moved["start"] - 32 : moved["start"]]
    assert changed(start=moved["start"] + 3)["exact"] == "will not"


@one_engine
def test_a_change_that_cannot_be_leaves_the_quote(staff: Api, article: dict[str, Any]) -> None:
    made = taken(add(staff, article, **span("will double")))
    quote_id = made["quotes"][0]["id"]
    cases: list[tuple[dict[str, Any], str | None]] = [
        ({"exact": "other"}, "/exact"),
        ({"start": 0}, None),
        ({"end": 10_000}, "/end"),
        ({"start": 50, "end": 40}, "/end"),
        ({"speaker": "nobody"}, "/speaker"),
        ({"anchor": "orphaned"}, "/anchor"),
        *(({name: None}, f"/{name}") for name in ("exact", "start", "end", "kind", "attribution", "review")),
    ]
    for wrong, pointer in cases:
        answer = patch(staff, made, quote_id, **wrong)
        if pointer is None:
            assert answer.json()["quotes"][0]["exact"] == TEXT[:21]  # a new place takes the words that stand there
            made = taken(answer)
        else:
            assert pointers(answer) == {pointer}, wrong
    assert staff.get(f"/v1/admin/articles/{article['id']}").headers["ETag"] == made["etag"]


def test_a_quote_taken_out_is_gone_for_readers(api: Api, staff: Api, article: dict[str, Any]) -> None:
    holm = source(staff, "Ida Holm")
    made = taken(add(staff, article, **span("will double"), speaker=holm["slug"]))
    quote_id = made["quotes"][0]["id"]
    url = f"/v1/admin/articles/{article['id']}/quotes/{quote_id}"
    made = taken(staff.delete(url, headers={"If-Match": made["etag"]}))
    assert (made["quotes"], made["sources"]) == ([], [])
    assert api.get(f"/v1/articles/{article['slug']}").json()["quotes"] == []
    assert api.get("/v1/quotes").json()["items"] == []
    assert staff.delete(url, headers={"If-Match": made["etag"]}).status_code == 404


def test_a_quote_of_another_article_is_not_found(staff: Api, article: dict[str, Any]) -> None:
    theirs = taken(add(staff, article, **span("will double")))["quotes"][0]["id"]
    other = draft(staff, markdown=TEXT)
    for quote_id in (theirs, NOWHERE):
        assert patch(staff, other, quote_id, review="rejected").status_code == 404
        url = f"/v1/admin/articles/{other['id']}/quotes/{quote_id}"
        assert staff.delete(url, headers={"If-Match": other["etag"]}).status_code == 404
    assert patch(staff, other, "1abc", review="rejected").status_code in (400, 404)


def test_a_rejected_quote_stays_with_staff(api: Api, staff: Api, article: dict[str, Any]) -> None:
    holm = source(staff, "Ida Holm")
    made = taken(add(staff, article, **span("will double"), speaker=holm["slug"]))
    quote_id = made["quotes"][0]["id"]
    made = taken(patch(staff, made, quote_id, review="rejected"))
    assert (made["quotes"][0]["review"], made["sources"]) == ("rejected", [])
    public = api.get(f"/v1/articles/{article['slug']}").json()
    assert (public["quotes"], public["sources"]) == ([], [])
    made = taken(patch(staff, made, quote_id, review="confirmed"))
    assert api.get(f"/v1/articles/{article['slug']}").json()["quotes"][0]["speaker"] == holm


def test_quotes_follow_their_words_through_an_edit_of_the_article(
    api: Api, staff: Api, article: dict[str, Any]
) -> None:
    made = taken(add(staff, article, **span("will double")))
    made = taken(add(staff, made, **span("It will not")))
    ids = {quote["exact"]: quote["id"] for quote in made["quotes"]}

    def rewritten(markdown: str) -> dict[str, dict[str, Any]]:
        nonlocal made
        answer = staff.patch(
            f"/v1/admin/articles/{article['id']}", json={"markdown": markdown}, headers={"If-Match": made["etag"]}
        )
        made = taken(answer)
        public = api.get(f"/v1/articles/{article['slug']}").json()
        for quote in public["quotes"]:
            if quote["start"] is not None:
                assert public["body"]["text"][quote["start"] : quote["end"]] == quote["exact"]
        return {quote["id"]: quote for quote in public["quotes"]}

    quotes = rewritten(f"On Tuesday.\n\n*{TEXT}*")
    assert {quote["anchor"] for quote in quotes.values()} == {"moved"}
    assert quotes[ids["will double"]]["start"] == TEXT.index("will double") + 12
    quotes = rewritten("On Tuesday.\n\nThe fare “is too high”, Ida Holm said on Monday. “It will not”, Bo Lind said.")
    gone = quotes[ids["will double"]]
    assert (gone["anchor"], gone["start"], gone["end"], gone["exact"]) == ("orphaned", None, None, "will double")
    assert quotes[ids["It will not"]]["anchor"] == "anchored"
    assert [quote["id"] for quote in made["quotes"]][-1] == gone["id"], "orphaned ones come last"
    made = taken(patch(staff, made, gone["id"], **span("is too high", made["body"]["text"])))
    assert {quote["anchor"] for quote in made["quotes"]} == {"anchored"}


def test_quotes_that_an_edit_changed_or_lost_are_listed_for_review_and_told_of(
    staff: Api, reading: Callable[[], Any], article: dict[str, Any]
) -> None:
    words = "We will never sell the old night ferry to anybody"
    made = taken(edited(staff, article, markdown=f"On Monday Ida Holm said: “{words}.” {TEXT}"))
    made = taken(add(staff, made, **span(words, made["body"]["text"])))
    made = taken(add(staff, made, **span("will double", made["body"]["text"])))
    made = taken(edited(staff, made, markdown=made["body"]["text"].replace("old night ", "").replace("double", "go")))
    for anchor in ("changed", "orphaned"):
        (found,) = staff.get("/v1/admin/quotes", params={"anchor": anchor}).json()["items"]
        assert (found["anchor"], found["article"]["id"]) == (anchor, article["id"])
        with reading() as session:
            told = session.scalars(select(Event).where(Event.kind == f"quote.{anchor}")).one()
        assert told.body == {"article_id": article["id"], "quote_id": found["id"]}
        assert not told.is_public
    made = taken(edited(staff, made, tags=["Ferries"]))
    changed = staff.get("/v1/admin/quotes?anchor=changed").json()["items"][0]
    made = taken(patch(staff, made, changed["id"], review="confirmed"))
    assert [q["anchor"] for q in made["quotes"] if q["id"] == changed["id"]] == ["anchored"]
    assert staff.get("/v1/admin/quotes?anchor=changed").json()["items"] == []
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Event).where(Event.kind == "quote.changed")) == 1
    assert staff.delete(f"/v1/admin/articles/{article['id']}", headers={"If-Match": "*"}).status_code == 200
    assert staff.get("/v1/admin/quotes").json()["items"] == []


def test_a_change_of_anything_but_the_words_leaves_every_quote_where_it_is(staff: Api, article: dict[str, Any]) -> None:
    made = taken(add(staff, article, **span("will double")))
    after = staff.patch(
        f"/v1/admin/articles/{article['id']}", json={"tags": ["Ferries"]}, headers={"If-Match": made["etag"]}
    ).json()
    assert after["quotes"] == made["quotes"]


@one_engine
def test_no_field_of_a_quote_can_be_set_by_sending_it_back(staff: Api, article: dict[str, Any]) -> None:
    made = taken(add(staff, article, **span("will double")))
    shown = made["quotes"][0]
    foreign = set(shown) - set(QuoteIn.model_fields)
    assert foreign == set(shown) - set(QuotePatch.model_fields)
    assert foreign == {"id", "prefix", "suffix", "speaker_mention", "cue", "anchor", "confidence", "verification"}
    for name in foreign:
        assert pointers(add(staff, made, **(span("will double") | {name: shown[name]}))) == {f"/{name}"}
        assert pointers(patch(staff, made, shown["id"], **{name: shown[name]})) == {f"/{name}"}


@one_engine
def test_an_author_may_quote_and_a_moderator_may_not(
    api: Api, article: dict[str, Any], key_of: Callable[..., str]
) -> None:
    assert add(api.acting_as(key_of("author")), article, **span("will double")).status_code == 201
    assert add(api.acting_as(key_of("moderator")), article, **span("will double")).status_code == 403
