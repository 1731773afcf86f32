"""`onrecord demo`: a newsroom of one's own in one command."""

import secrets
from collections.abc import Sequence
from pathlib import Path

from app import serving
from app.accounts import actions as accounts
from app.accounts.queries import owner_count
from app.articles.actions import find
from app.db import Database, now
from app.events.actions import COMMAND_LINE
from app.ingest.importing import import_text
from app.quotes.schemas import QuotePatch
from app.record.deciding import decide
from app.record.schemas import DecisionIn
from app.settings import Settings

SAMPLES = Path(__file__).parent.parent / "samples"
OWNER = "owner@demo.example"
SURE = 0.94


def run(settings: Settings, *, host: str, port: int) -> None:
    """Migrate, load the samples, make the first owner, say what to try, and serve."""
    serving.listen(host, port).close()  # before anything is made
    address = f"http://{host}:{port}"
    settings = served_at(address, settings)
    serving.prepare(settings)
    database = Database(settings.database)
    try:
        slugs = load_samples(database)
        password = first_owner(database)
        if password is not None:
            confirm(database, slugs[1:3])
    finally:
        database.close()
    print(hints(address, slugs[0], password), flush=True)
    serving.run(settings, host=host, port=port)


def served_at(address: str, settings: Settings) -> Settings:
    """The settings, with addresses that lead to this demo where none are set."""
    base_url = settings.base_url if "base_url" in settings.model_fields_set else address
    own = {"base_url": base_url, "article_url": f"{base_url}/v1/articles/{{slug}}"}
    return settings.model_copy(update={name: url for name, url in own.items() if name not in settings.model_fields_set})


def load_samples(database: Database) -> list[str]:
    """The slugs of the sample articles, which are published; the reprint comes first."""
    slugs = []
    for file in sorted(SAMPLES.glob("*.txt")):
        with database.writer.session() as session:
            made = import_text(session, file.read_bytes(), by=COMMAND_LINE, at=now(), public=True)
            slugs += [made.article.slug] if made.article is not None else []
    return slugs


def confirm(database: Database, slugs: Sequence[str]) -> None:
    """Confirm the sure ones of the quotes that were found in these articles, as an editor would who reads them; the
    others are left for the newcomer to decide."""
    with database.reader() as session:
        placements = [each for slug in slugs for each in find(session, slug).revision.placements]
    sure = [each for each in placements if each.kind == "direct" and (each.confidence or 0) >= SURE]
    change = QuotePatch(review="confirmed")
    decide(database, [DecisionIn(id=each.quote_id, version="*", change=change) for each in sure], by=COMMAND_LINE)


def first_owner(database: Database) -> str | None:
    """The password of a new owner; None if there is an owner already."""
    with database.reader() as session:
        if session.scalar(owner_count()):
            return None
    password = secrets.token_urlsafe(12)
    hashed = accounts.hash_password(password)
    with database.writer.session() as session:
        accounts.create_user(session, email=OWNER, name="Owner", role="owner", password_hash=hashed, at=now())
    return password


def hints(address: str, slug: str, password: str | None) -> str:
    """What the newcomer reads."""
    lines = [
        f"Onrecord serves at {address} (Ctrl-C stops it). Four things to try:",
        "",
        f"  1. An article, whole:    curl {address}/v1/articles/{slug}",
        f"  2. Who said what:        curl {address}/v1/quotes?speaker=tamsin-arkwell",
        f"  3. The API's reference:  {address}/docs",
        "  4. A file of your own:   .venv/bin/onrecord import --publish FILE.txt",
        "     (first line the title, then the date, then the text)",
    ]
    if password is not None:
        lines += [
            "",
            f"Sign in as {OWNER} with the password {password} (shown this once):",
            f"  curl {address}/v1/auth/token -d grant_type=password -d username={OWNER} -d password={password}",
            "or make a key for your programs:",
            f"  .venv/bin/onrecord key create --owner {OWNER} --scopes articles:read,articles:write,articles:publish",
        ]
    return "\n".join([*lines, ""])
