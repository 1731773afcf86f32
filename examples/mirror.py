"""Keep a directory with every public article of a site as JSON, by its log of changes.

    python examples/mirror.py http://127.0.0.1:8000 mirror/

Run it again whenever you like: it goes on where it stopped. It needs httpx only.
"""

import sys
from pathlib import Path

import httpx


def mirror(site: str, directory: Path) -> int:
    """Bring the directory up to date; how many changes there were."""
    directory.mkdir(parents=True, exist_ok=True)
    place = directory / ".after"
    after = {"after": place.read_text()} if place.exists() else {}
    count = 0
    with httpx.Client(base_url=site, trust_env=False, follow_redirects=True) as client:
        page = client.get("/v1/changes", params={"limit": "100", **after}).raise_for_status().json()
        while True:
            for change in page["items"]:
                apply(client, directory, change)
                place.write_text(change["id"])
                count += 1
            if page["next"] is None:
                return count
            page = client.get(page["next"]).raise_for_status().json()


def apply(client: httpx.Client, directory: Path, change: dict[str, object]) -> None:
    """Fetch the article that the change is about, or forget it."""
    article = change["article"]
    if change["kind"] == "article.unpublished":
        (directory / f"{change['subject_id']}.json").unlink(missing_ok=True)
    elif isinstance(article, dict):
        answer = client.get(f"/v1/articles/{article['id']}")
        if answer.is_success:
            (directory / f"{article['id']}.json").write_bytes(answer.content)


if __name__ == "__main__":
    try:
        print(f"{mirror(sys.argv[1], Path(sys.argv[2]))} changes")
    except httpx.HTTPError as error:
        sys.exit(f"mirror: {error}")
