"""Images: what an upload becomes, who sees it, and what an article with one must have."""

import hashlib
import io
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import time_machine
from PIL import Image, ImageCms

from app.context import Site
from app.media.actions import inspect
from app.media.pictures import NotAnImage
from app.media.pixels import make_variants
from app.settings import Settings
from tests.conftest import Api, draft, published

MEDIA = "/v1/admin/media"
ARTICLES = "/v1/admin/articles"
NOBODY = "0193a5b0-c0de-7000-8000-00000000000a"
NOON = datetime(2031, 5, 5, 12, tzinfo=UTC)
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Without the cache, which on PostgreSQL hears of a change a moment after it."""
    return settings.model_copy(update={"cache_mb": 0})


def picture(
    kind: str = "PNG", size: tuple[int, int] = (400, 300), colour: Any = (200, 30, 30), mode: str = "RGB", **more: Any
) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, kind, **more)
    return out.getvalue()


def upload(staff: Api, content: bytes, kind: str = "image/png", **headers: str) -> httpx.Response:
    return staff.post(MEDIA, content=content, headers={"Content-Type": kind, **headers})


def uploaded(staff: Api, content: bytes | None = None, kind: str = "image/png", **words: str) -> dict[str, Any]:
    """A new image, with what is to be said of it."""
    answer = upload(staff, picture() if content is None else content, kind)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    if words:
        answer = staff.patch(f"{MEDIA}/{made['id']}", json=words, headers={"If-Match": answer.headers["ETag"]})
        assert answer.status_code == 200, answer.text
    return {**answer.json(), "etag": answer.headers["ETag"]}


WORDS: Any = {"alt": "A red field", "credit": "Photo: Ada Berg"}


def test_an_upload_becomes_three_formats_in_rising_widths(staff: Api, settings: Settings) -> None:
    content = picture("JPEG", (1000, 500), quality=90)
    answer = upload(staff, content, "image/jpeg")
    assert answer.status_code == 201
    made = answer.json()
    assert answer.headers["Location"] == f"{MEDIA}/{made['id']}"
    assert made["digest"] == hashlib.sha256(content).hexdigest()
    assert (made["width"], made["height"], made["type"], made["bytes"]) == (1000, 500, "image/jpeg", len(content))
    assert [(v["type"], v["width"], v["height"]) for v in made["variants"]] == [
        (kind, width, width // 2) for kind in ("image/avif", "image/webp", "image/jpeg") for width in (320, 640, 1000)
    ]
    assert made["url"] == made["variants"][-1]["url"] == f"/v1/media/{made['digest']}/1000.jpg"
    for variant in made["variants"]:
        name = variant["url"].rpartition("/")[2]
        file = staff.get(f"{MEDIA}/{made['id']}/{name}")
        assert (file.headers["Content-Type"], file.headers["Cache-Control"]) == (variant["type"], "no-store")
        assert (settings.media / made["id"] / name).read_bytes() == file.content
        with Image.open(io.BytesIO(file.content)) as image:
            assert (image.get_format_mimetype(), image.size) == (variant["type"], (variant["width"], variant["height"]))
    assert staff.get(f"{MEDIA}/{made['id']}/9.jpg").status_code == 404
    again = upload(staff, content, "image/jpeg")
    assert (again.status_code, again.json()) == (201, made), "the same bytes are the same image"
    assert sorted(path.name for path in settings.media.iterdir()) == sorted([made["id"], "incoming"])
    assert not list((settings.media / "incoming").iterdir())


def test_nothing_but_upright_pixels_in_srgb_passes(tmp_path: Path) -> None:
    secret = b"59.91N 10.75E ADA"
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held askew: to be turned a quarter clockwise
    exif[0x010E] = secret.decode()
    exif.get_ifd(0x8825)[1] = "N"
    askew = Image.new("RGB", (60, 40), "white")
    askew.paste((255, 0, 0), (0, 0, 60, 10))  # red at the top; upright it is at the right
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = tmp_path / "original"
    askew.save(path, "JPEG", exif=exif, icc_profile=profile, comment=secret, xmp=b"<x>" + secret + b"</x>", quality=95)
    assert path.read_bytes().count(secret) == 3
    made = make_variants(path, "image/jpeg")
    assert (made.width, made.height) == (40, 60)
    for file in made.files:
        content = (tmp_path / file["name"]).read_bytes()
        assert secret not in content
        with Image.open(io.BytesIO(content)) as image:
            assert not dict(image.getexif())
            assert not {"icc_profile", "exif", "xmp", "comment"} & {k for k, v in image.info.items() if v}
            assert image.size == (40, 60)
            red, green, _ = image.convert("RGB").getpixel((37, 30))  # type: ignore[misc]
            assert red > 200, file["name"]
            assert green < 80, file["name"]
            assert min(image.convert("RGB").getpixel((5, 30))) > 200  # type: ignore[arg-type]


def test_transparency_stays_where_the_format_has_it(tmp_path: Path) -> None:
    path = tmp_path / "original"
    path.write_bytes(picture("PNG", (50, 50), (0, 0, 255, 0), "RGBA"))
    for file in make_variants(path, "image/png").files:
        with Image.open(tmp_path / file["name"]) as image:
            seen: Any = image.convert("RGBA").getpixel((25, 25))
        assert seen[3] == (255 if file["name"].endswith("jpg") else 0)
        assert seen[3] == 0 or min(seen) > 250, "white below"


def bomb() -> bytes:
    """A PNG of a few bytes that says it has 2.5 billion pixels."""
    small = bytearray(picture("PNG", (1, 1)))
    small[16:24] = (50_000).to_bytes(4) * 2
    small[29:33] = zlib.crc32(bytes(small[12:29])).to_bytes(4)
    return bytes(small)


MOVING = io.BytesIO()
Image.new("RGB", (9, 9)).save(
    MOVING, "WEBP", save_all=True, append_images=[Image.new("RGB", (9, 9), "red")], duration=100
)
REFUSED = {
    "another type": (picture("PNG"), "image/jpeg"),
    "a page": (b"<html><script>alert(1)</script>", "image/png"),
    "a drawing": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "image/png"),
    "half": (picture("JPEG", (800, 800), quality=100)[:700], "image/jpeg"),
    "a bomb": (bomb(), "image/png"),
    "too wide": (picture("PNG", (16_001, 1)), "image/png"),
    "too many pixels": (picture("PNG", (7100, 7100), 0, "1"), "image/png"),
    "moving": (MOVING.getvalue(), "image/webp"),
    "a GIF": (picture("GIF"), "image/png"),
    "nothing": (b"", "image/png"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_picture_is_refused(tmp_path: Path, what: str) -> None:
    content, kind = REFUSED[what]
    path = tmp_path / "original"
    path.write_bytes(content)
    with pytest.raises(NotAnImage):
        make_variants(path, kind)
    assert [found.name for found in tmp_path.iterdir()] == ["original"]


@one_engine
def test_a_refused_upload_leaves_nothing(staff: Api, settings: Settings) -> None:
    for content, kind, status, problem in (
        (b"no picture", "image/png", 422, "not-an-image"),
        (b"<svg/>", "image/svg+xml", 415, "unsupported-media-type"),
        (b"{}", "application/json", 415, "unsupported-media-type"),
        (b"x" * (settings.max_media_bytes + 1), "image/png", 413, "body-too-large"),
    ):
        answer = upload(staff, content, kind)
        assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{problem}")

    async def endless() -> Any:
        for _ in range(settings.max_media_bytes // 65_536 + 2):
            yield b"x" * 65_536

    answer = staff.post(MEDIA, content=endless(), headers={"Content-Type": "image/png"})  # of no declared length
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/body-too-large")
    assert not [path for path in settings.media.rglob("*") if path.name != "incoming"]
    assert staff.get(f"{MEDIA}?count=exact").json()["total"] == 0


@one_engine
def test_an_upload_may_be_repeated_under_its_key(staff: Api, settings: Settings) -> None:
    first, again = (upload(staff, picture(), **{"Idempotency-Key": "once"}) for _ in range(2))
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    other = upload(staff, picture(colour=(1, 2, 3)), **{"Idempotency-Key": "once"})
    assert other.json()["type"] == "/problems/idempotency-mismatch"
    assert {path.name for path in settings.media.iterdir()} == {first.json()["id"], "incoming"}


def test_an_article_shows_its_image_with_all_that_a_page_needs(api: Api, staff: Api) -> None:
    lead = uploaded(staff, **WORDS)
    inner = uploaded(staff, picture("WEBP", (700, 350), (0, 90, 0)), "image/webp", alt="Green", credit="Photo: Bo")
    body = f"Words.\n\n![A green field]({inner['variants'][0]['url']})"
    article = published(staff, image=lead["id"], markdown=body)
    shown = api.get(f"/v1/articles/{article['slug']}").json()
    assert shown["image"] == {name: lead[name] for name in shown["image"]}
    assert (shown["image"]["alt"], shown["image"]["credit"]) == (WORDS["alt"], WORDS["credit"])
    assert [image["url"] for image in shown["images"]] == [inner["url"]]
    assert f'<img src="{inner["variants"][0]["url"]}" alt="A green field">' in shown["body"]["html"]
    assert api.get("/v1/articles").json()["items"][0]["image"] == shown["image"]
    for image in (shown["image"], *shown["images"]):
        for variant in image["variants"]:
            file = api.get(variant["url"])
            assert (file.status_code, file.headers["Content-Type"]) == (200, variant["type"])
            assert file.headers["X-Content-Type-Options"] == "nosniff"
            assert file.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
            assert file.headers["Cache-Control"] == "public, max-age=31536000, s-maxage=60, immutable"
            kept = {"If-None-Match": file.headers["ETag"]}
            assert (api.get(variant["url"], headers=kept).status_code, api.head(variant["url"]).content) == (304, b"")
    assert api.get(f"/v1/media/{lead['digest']}/original").status_code == 404

    changed = staff.patch(f"{MEDIA}/{lead['id']}", json={"caption": "New", "focal_point": {"x": 0.25, "y": 1}},
                          headers={"If-Match": lead["etag"]})  # fmt: skip
    assert changed.status_code == 200
    after = api.get(f"/v1/articles/{article['slug']}").json()
    assert (after["image"]["caption"], after["image"]["focal_point"]) == ("New", {"x": 0.25, "y": 1.0})
    assert after["updated_at"] == shown["updated_at"], "no new words"


def test_readers_see_an_image_only_while_they_see_an_article_with_it(api: Api, staff: Api) -> None:
    image = uploaded(staff, **WORDS)
    url = image["variants"][0]["url"]

    def seen() -> int:
        return api.get(url).status_code

    assert seen() == 404
    article = draft(staff, image=image["id"])
    path = f"{ARTICLES}/{article['id']}"
    any_version = {"If-Match": "*"}
    assert seen() == 404
    with time_machine.travel(NOON - timedelta(hours=1), tick=False) as clock:
        answer = staff.post(f"{path}/schedule", json={"scheduled_at": NOON.isoformat()}, headers=any_version)
        assert answer.status_code == 200, answer.text
        for moment, status in ((NOON - timedelta(seconds=1), 404), (NOON, 200)):
            clock.move_to(moment)
            assert seen() == status
        staff.post(f"{path}/unpublish", headers=any_version)
        assert seen() == 404
        staff.post(f"{path}/publish", headers=any_version)
        assert seen() == 200
        source = staff.post("/v1/admin/sources", json={"kind": "publication", "name": "The Review"}).json()
        ends = NOON + timedelta(minutes=10)
        granted = {"assigner": source["slug"], "credit": "By permission.", "valid_through": ends.isoformat()}
        assert staff.post(f"{path}/permissions", json=granted, headers=any_version).status_code == 201
        assert api.get(url).headers["Cache-Control"] == "public, max-age=600, s-maxage=60"
        clock.move_to(ends - timedelta(seconds=1))
        assert seen() == 200
        clock.move_to(ends)
        assert seen() == 404
        assert api.get(f"/v1/articles/{article['slug']}").json()["image"] is None
        other = published(staff, image=image["id"])
        assert seen() == 200
        staff.patch(f"{ARTICLES}/{other['id']}", json={"image": None}, headers=any_version)
        assert seen() == 404, "an earlier revision shows nobody anything"
        staff.post(f"{ARTICLES}/{other['id']}/revisions/1/restore", headers=any_version)
        assert seen() == 200
        staff.delete(f"{ARTICLES}/{other['id']}", headers=any_version)
        assert seen() == 404


def test_no_article_reaches_readers_before_its_images_have_their_words(api: Api, staff: Api) -> None:
    bare = uploaded(staff)
    body = f"Words.\n\n![]({bare['url']})"
    article = draft(staff, image=bare["id"], markdown=body)
    path = f"{ARTICLES}/{article['id']}"
    any_version = {"If-Match": "*"}
    for verb, sent in (("publish", {}), ("schedule", {"json": {"scheduled_at": "2091-05-05T00:00:00Z"}})):
        answer = staff.post(f"{path}/{verb}", headers=any_version, **sent)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/image-not-ready")
        assert answer.json()["errors"] == [
            {"pointer": "/image", "detail": f"{bare['url']} lacks alt text, credit"},
            {"pointer": "/markdown", "detail": f"{bare['url']} lacks alt text, credit, words in its ![…]"},
        ]
    assert staff.patch(f"{MEDIA}/{bare['id']}", json=WORDS, headers=any_version).status_code == 200
    assert staff.patch(f"{MEDIA}/{bare['id']}", json={"alt": None}, headers=any_version).status_code == 422
    assert staff.post(f"{path}/publish", headers=any_version).status_code == 422
    assert staff.patch(path, json={"markdown": body.replace("[]", "[Red]")}, headers=any_version).status_code == 200
    assert staff.post(f"{path}/publish", headers=any_version).status_code == 200
    other = uploaded(staff, picture(colour=(0, 0, 1)))
    answer = staff.patch(path, json={"image": other["id"]}, headers=any_version)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/image-not-ready")
    assert api.get(f"/v1/articles/{article['id']}").json()["image"]["url"] == bare["url"]
    for wrong in ({"image": NOBODY}, {"markdown": f"A ![b](/v1/media/{'0' * 64}/320.jpg)"}):
        assert staff.patch(path, json=wrong, headers=any_version).status_code == 422
    with_far = {"markdown": "A ![b](https://elsewhere.example/b.png)"}
    assert staff.patch(path, json=with_far, headers=any_version).status_code == 200, "others' images are theirs"


def test_an_image_is_removed_once_no_revision_shows_it(staff: Api, settings: Settings) -> None:
    image, spare = uploaded(staff, **WORDS), uploaded(staff, picture(colour=(9, 9, 9)))
    article = draft(staff, image=image["id"])
    staff.patch(f"{ARTICLES}/{article['id']}", json={"image": None}, headers={"If-Match": "*"})
    assert [found["id"] for found in staff.get(f"{MEDIA}?used=false").json()["items"]] == [spare["id"]]
    assert [found["id"] for found in staff.get(f"{MEDIA}?used=true").json()["items"]] == [image["id"]]
    refused = staff.delete(f"{MEDIA}/{image['id']}", headers={"If-Match": image["etag"]})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/image-in-use")
    assert article["slug"] in refused.json()["detail"]
    assert (settings.media / image["id"] / "original").exists()
    assert staff.delete(f"{MEDIA}/{spare['id']}", headers={"If-Match": '"old"'}).status_code == 412
    assert staff.delete(f"{MEDIA}/{spare['id']}", headers={"If-Match": spare["etag"]}).status_code == 204
    assert not (settings.media / spare["id"]).exists()
    assert staff.get(f"{MEDIA}/{spare['id']}").status_code == 404


def test_an_earlier_revision_says_which_image_it_had(staff: Api) -> None:
    image = uploaded(staff, **WORDS)
    article = draft(staff, image=image["id"])
    path = f"{ARTICLES}/{article['id']}"
    staff.patch(path, json={"image": None}, headers={"If-Match": "*"})
    assert staff.get(f"{path}/revisions/1").json()["image"]["url"] == image["url"]
    diff = staff.get(f"{path}/revisions/diff").json()
    assert diff["fields"] == [{"field": "image", "before": image["url"], "after": None}]


@one_engine
def test_a_deep_check_names_what_is_missing_changed_or_left_over(staff: Api, settings: Settings, site: Site) -> None:
    image = uploaded(staff)
    folder = settings.media / image["id"]

    def found() -> tuple[list[str], list[Path]]:
        with site.database.reader() as session:
            return inspect(session, settings.media)

    assert found() == ([], [])
    (folder / "320.webp").unlink()
    content = bytearray((folder / "original").read_bytes())
    content[-1] ^= 1
    (folder / "original").write_bytes(content)
    (settings.media / "stray").mkdir()
    (settings.media / "incoming" / "cut-off").mkdir()
    wrong, orphans = found()
    assert wrong == [f"{folder}/original is not what was written.", f"{folder}/320.webp is missing."]
    assert orphans == [settings.media / "incoming" / "cut-off", settings.media / "stray"]
