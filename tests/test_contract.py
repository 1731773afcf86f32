"""The API does what its OpenAPI document says, whatever is sent: schemathesis tries to prove otherwise.

All its checks, all its phases, every operation; requests that the document allows meet things that exist.
"""

import hashlib
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

import pytest
import schemathesis
from PIL import Image
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from sqlalchemy import delete
from sqlalchemy.orm import Session

from app import demo, serving
from app.accounts import actions as accounts
from app.accounts import registering
from app.accounts.models import User
from app.accounts.queries import key_by_prefix
from app.accounts.rights import RIGHTS
from app.articles import actions as articles
from app.articles import scheduling
from app.articles.groups import AUTHORS, TAGS
from app.articles.models import Article
from app.articles.permitting import permit
from app.articles.schemas import ArticlePatch
from app.comments import actions as comments
from app.comments import letters, moderating
from app.comments.folding import keyed
from app.comments.models import ArticleRules, Ban, SiteRules, Subscriber
from app.comments.policy_schemas import BanIn
from app.comments.readers import Reader
from app.comments.schemas import CommentIn
from app.corrections.models import Correction
from app.db import new_id, now
from app.events.actions import COMMAND_LINE
from app.evidence.models import Evidence
from app.evidence.queries import all_of as evidence_of
from app.imports import actions as imports
from app.imports.schemas import ImportOptions
from app.mail.models import Mail
from app.mail.sealing import seal
from app.main import create_app, document
from app.media import actions as media
from app.media.files import Upload
from app.media.pictures import TYPES
from app.media.pixels import make_variants
from app.permissions.schemas import PermissionIn
from app.previews import actions as previews
from app.quotes.actions import Span, place
from app.quotes.models import Placement, Quote
from app.record import groups
from app.record.schemas import GroupIn
from app.settings import load
from app.variants.models import Misquote
from tests.conftest import PASSWORD, SECRET

FERRY = "harbour-board-vows-to-keep-the-night-ferry-whatever-it-costs"
REAL: dict[str, dict[str, object]] = {
    "/v1/articles/{reference}": {"reference": FERRY},
    "/v1/admin/articles/{reference}": {"reference": FERRY},
    "/v1/sources/{reference}": {"reference": "maren-oduya"},
    "/v1/admin/sources/{reference}": {"reference": "maren-oduya"},
    "/v1/admin/sources/{reference}/merge": {"reference": "tobin-farr"},
    "/v1/admin/sources/{reference}/split": {"reference": "joss-wendell"},
    "/v1/authors/{slug}": {"slug": "orla-tennick"},
    "/v1/tags/{slug}": {"slug": "ferries"},
    "/feeds/authors/{slug}": {"slug": "orla-tennick"},
    "/feeds/tags/{slug}": {"slug": "ferries"},
    "/feeds/sources/{reference}": {"reference": "maren-oduya"},
    "/sitemap-{number}.xml": {"number": 1},
}
"""What stands at these paths, and at those below them, in place of what schemathesis makes up."""

NEEDED = {
    "POST /{reference}/publish": "draft",
    "POST /{reference}/restore": "trashed",
    "POST /{reference}/submit": "draft",
    "DELETE /{reference}/submit": "in_review",
    "POST /{reference}/schedule": "draft",
    "DELETE /{reference}/schedule": "scheduled",
}
"""The state in which the article must be for what the path ends with; published, for all else."""

STATE = {
    "invalid-cursor": "a cursor is opaque",
    "precondition-failed": "an ETag stands for a state",
    "idempotency-mismatch": "a key may have been used before",
    "email-taken": "an address may be another user's",
    "last-owner": "there may be one owner only",
    "not-an-image": "bytes are an image or not",
    "image-in-use": "an article may show it",
    "name-taken": "a name may be another's",
    "slug-taken": "a slug may be another's",
    "group-in-use": "articles may be under it",
    "permission-in-use": "other permissions may rest on it",
    "last-permission": "it may be the only one",
    "already-decided": "a comment may have been decided about, or deleted",
    "no-challenge": "not every comment challenges something",
    "editing-over": "a comment may be edited for a while",
    "own-comment": "a comment may be one's own",
    "not-your-comment": "a comment may be another's",
    "banned": "somebody may be banned",
    "invalid-link": "a token is opaque",
    "too-many-requests": "so many new addresses may be named in a day",
    "invalid-grant": "who may sign in is in no schema",
    "malformed-url": "a JSON Schema cannot forbid NUL, CR and LF in a path",
    "not-in-source": "words are in a text or not",
    "unreadable-file": "what is an article is in no schema",
    "unreadable-entry": "what is an article is in no schema",
    "not-acceptable": "a stream is one for whoever asks for it",
    "unacceptable-json": "a JSON Schema cannot forbid U+0000 in a string",
}
"""Why a request that the document allows can still be refused: nothing in a schema could tell."""

VALUES = {
    "": "the order of two dates; one of several members",
    "start": "JSON Schema takes 1.0 for an integer",
    "close_after_days": "JSON Schema takes 1.0 for an integer",
    "edit_minutes": "JSON Schema takes 1.0 for an integer",
    "max_length": "JSON Schema takes 1.0 for an integer",
    "max_links": "JSON Schema takes 1.0 for an integer",
    "spam_hold": "JSON Schema takes 1.0 for an integer",
    "spam_queue": "JSON Schema takes 1.0 for an integer",
    "flags_to_hold": "JSON Schema takes 1.0 for an integer",
    "end": "JSON Schema takes 1.0 for an integer; and it must come after the start",
    "exact": "must be the words at that place",
    "published_at": "must not be later than now",
    "valid_from": "must come before the end",
    "valid_through": "must not be before the beginning",
    "parent": "refers to a permission",
    "parent_id": "refers to a comment",
    "organization": "refers to a source",
    "source": "refers to a source",
    "source_text": "must be there, with the quote's words, for `matched_in_source`",
    "into": "refers to a source, a tag or an author",
    "quotes": "refers to quotes",
    "speaker": "refers to a source",
    "assigner": "refers to a source",
    "quote": "refers to a quote",
    "image": "refers to an image",
    "body": "must have words in it",
    "markdown": "must have words in it",
    "title": "must be more than spaces",
    "name": "must be more than spaces",
    "text": "must be more than spaces",
    "author_name": "must be more than spaces",
    "aliases": "must be more than spaces",
    "authors": "must be more than spaces",
    "tags": "must be more than spaces",
    "url": "a pattern cannot tell which names of hosts are valid",
    "canonical_url": "a pattern cannot tell which names of hosts are valid",
    "same_as": "a pattern cannot tell which names of hosts are valid",
    "email": "must be free, and an address",
    "scopes": "no more than the credential has",
    "expires_at": "must be to come",
    "owner": "refers to a user",
    "author_email": "must be an address",
    "evidence": "a challenge has it, and nothing else",
    "notify": "needs an address",
    "target": "a quote, or else a passage",
    "network": "must be an address or a network",
    "address": "must be an address",
    "user": "refers to a user",
    "words": "must be more than spaces",
    "comment": "refers to a comment",
    "after": "refers to a change",
    "at": "must have come",
    "Last-Event-ID": "refers to a change",
    "scheduled_at": "must be to come",
    "q": "must have a word in it",
    "items": "must name each quote once",
    "fields": "what it may name depends on `view`",
}
"""The same for single values, by their name."""


def picture(colour: tuple[int, int, int], name: str = "PNG") -> bytes:
    """An image in the format of this name."""
    made = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(made, name)
    return made.getvalue()


Case: TypeAlias = "schemathesis.Case[Any]"


class Ground:
    """A site with the sample articles, on which whatever the document allows can succeed."""

    def __init__(self, folder: Path) -> None:
        rates = {"comment_rate": 10_000, "login_rate": 10_000}
        # No worker sends it.
        mail: dict[str, Any] = {
            "registration": True,
            "smtp_host": "127.0.0.1",
            "mail_from": "post@harbour.example",
        }
        chosen = load(data_dir=folder, secret_key=SECRET, _env_file=None, **rates, **mail)
        serving.prepare(chosen)
        self.app = create_app(chosen)
        self._writer = self.app.state.site.database.writer
        demo.load_samples(self.app.state.site.database)
        hashed = accounts.hash_password(PASSWORD)
        with self._writer.session() as session:
            owner = accounts.create_user(
                session, email="owner@example.org", name="Owner", role="owner", password_hash=hashed, at=now()
            )
            scopes = sorted(RIGHTS["owner"])
            _, self.key = accounts.create_key(session, owner, name="test", scopes=scopes, expires_at=None, at=now())
            article = articles.find(session, FERRY)
            _, self.token = previews.create_link(session, article, expires_at=None, by=COMMAND_LINE, at=now())
            spare, _ = previews.create_link(session, article, expires_at=None, by=COMMAND_LINE, at=now())
            self.link_id = str(spare.id)
            said = [p for p in article.revision.placements if p.speaker and p.speaker.slug == "joss-wendell"]
            self.said_id = str(said[0].quote_id)
            self.article_id, self.misquote_id = article.id, new_id()
            self._owner_id, self._password_hash = owner.id, hashed
        self.pictures = {kind: picture((4, 5, 6), name) for name, kind in TYPES.items() if name != "MPO"}
        self.image = self._upload((1, 2, 3))
        self.spare = self._upload((3, 2, 1))
        with self._writer.session() as session:
            self.spares = {
                group.name: [
                    str(groups.create(session, group, GroupIn(name=f"Spare {n}"), by=COMMAND_LINE).id) for n in range(3)
                ]
                for group in (TAGS, AUTHORS)
            }
        digest = keyed(SECRET.encode(), "ada@reader.example")
        asked = {"digest": digest, "address": "", "asked_from": digest, "asked_at": now()}
        with self._writer.session() as session:
            session.add(Subscriber(**asked))
        self.links = {
            "/v1/comments/confirm": seal(SECRET.encode(), letters.CONFIRM, digest),
            # Of another address, since one that was refused is not confirmed.
            "/v1/auth/verify": self.register(),
            "/v1/auth/password/reset": self.forget(),
            "/v1/comments/unsubscribe": seal(SECRET.encode(), letters.UNSUBSCRIBE, "nobody"),
        }
        self.revive("published")

    def register(self) -> str:
        """A token of a registration that nobody has used."""
        mail_id = self._mailed(None)
        content = [mail_id, f"{mail_id}@reader.example", "Ada", self._password_hash]
        return seal(SECRET.encode(), registering.VERIFY, json.dumps(content))

    def forget(self) -> str:
        """A token for a new password of a reader's."""
        with self._writer.session() as session:
            hashed, address = self._password_hash, f"{new_id()}@reader.example"
            reader = accounts.create_user(
                session, email=address, name="Ada", role="reader", password_hash=hashed, at=now()
            )
        return seal(SECRET.encode(), registering.RESET, self._mailed(reader.id))

    def _mailed(self, user_id: UUID | None) -> str:
        mail_id = new_id()
        with self._writer.session() as session:
            common = {"kind": "reset", "digest": "", "status": "sent", "attempts": 1}
            moments = dict.fromkeys(("due_at", "give_up_at", "created_at"), now())
            session.add(Mail(id=mail_id, user_id=user_id, **common, **moments))
        return str(mail_id)

    def _upload(self, colour: tuple[int, int, int]) -> Any:
        """An image with its words."""
        content = picture(colour)
        upload = Upload(self.app.state.site.settings.media)
        upload.folder.mkdir(parents=True)
        upload.path.write_bytes(content)
        found = make_variants(upload.path, "image/png")
        upload.settle()
        with self._writer.session() as session:
            image = media.keep(session, upload, found, by=COMMAND_LINE, at=now())
            image.digest = hashlib.sha256(content).hexdigest()
            image.alt, image.credit = "A field", "Photo: Ada"
        return image

    def keep(self) -> None:
        """Let the owner and the key that all requests bear stay what they are, whatever was done to them."""
        with self._writer.session() as session:
            owner = session.get_one(User, self._owner_id)
            owner.email, owner.role, owner.disabled_at = "owner@example.org", "owner", None
            owner.password_hash = self._password_hash
            key = session.scalars(key_by_prefix(self.key[4:12])).one()
            key.revoked_at = None

    def revive(self, status: str) -> None:
        """Bring the sample article into this state, with a tag, open comments and a quote."""
        with self._writer.session() as session:
            article = articles.find(session, FERRY)
            if article.status == "trashed" and status != "trashed":
                articles.restore(session, article, by=COMMAND_LINE, at=now())
            if article.status == "scheduled":
                scheduling.unschedule(session, article, by=COMMAND_LINE, at=now())
            if article.status == "in_review":
                scheduling.send_back(session, article, by=COMMAND_LINE, at=now())
            if article.status == "published" and status not in ("published", "trashed"):
                articles.unpublish(session, article, by=COMMAND_LINE, at=now())
            if status == "in_review":
                scheduling.submit(session, article, by=COMMAND_LINE, at=now())
            if status == "scheduled":
                moment = now() + timedelta(days=1)
                scheduling.schedule(session, article, moment=moment, by=COMMAND_LINE, at=now())
            if article.status not in ("published", "trashed") and status == "published":
                articles.publish(session, article, by=COMMAND_LINE, at=now())
            if article.status != "trashed" and status == "trashed":
                articles.trash(session, article, by=COMMAND_LINE, at=now())
            if status == "published" and (not article.labels or article.comments_state != "open"):
                patch = ArticlePatch(tags=["Ferries"], comments_state="open")
                articles.edit(session, article, patch, by=COMMAND_LINE, at=now())
            if status == "published" and not article.revision.illustrations:
                patch = ArticlePatch(image=self.image.id)
                articles.edit(session, article, patch, by=COMMAND_LINE, at=now())
            if status == "published" and not article.revision.placements:
                quote = Quote(id=new_id(), article_id=article.id, created_at=now())
                change = partial(_add, quote)
                articles.revise(session, article, by=COMMAND_LINE, at=now(), change=change)
            article = articles.find(session, FERRY)
            if status == "published" and not article.corrections:
                revision_id, words = article.revision.id, "Eleven hundred, not twelve."
                made = Correction(article_id=article.id, revision_id=revision_id, kind="correction", text=words)
                made.published_at = now()
                session.add(made)
                articles.reload(session, article)
            self.permission_id = self._permission(session, article)
            self.correction_id = str(article.corrections[0].id) if article.corrections else str(new_id())
            revision = article.revision
            self.quote_id = str(revision.placements[0].quote_id) if revision.placements else str(new_id())
            for placement in revision.placements[:1]:
                placement.review = "confirmed"  # else it has no card
            self.first_words = revision.text[:8]
            ada = Reader("192.0.2.1", b"")
            said = CommentIn(author_name="Ada", body="Well put.")
            doubt = CommentIn(author_name="Ada", body="So?", kind="challenge", evidence="https://example.org/a")
            if status == "published":
                session.merge(ArticleRules(article_id=article.id, mode=None, close_after_days=None))
                # Whatever moderators have taught by now about these very words, they are not taken for spam.
                rules = {"mode": "open", "max_links": 100, "spam_hold": None, "spam_queue": None}
                session.merge(SiteRules(id=1, document=rules, changed_at=now()))
                session.execute(delete(Ban))  # of other requests, which would hold these back
                comment, self.edit_token = comments.post(session, article, said, ada, at=now())
                challenge, _ = comments.post(session, article, doubt, ada, at=now())
                self.comment_id, self.challenge_id = str(comment.id), str(challenge.id)
                banned = moderating.ban(session, BanIn(words="zq ban"), secret=b"", by=COMMAND_LINE, at=now())
                self.ban_id = str(banned.id)
                misquote = {"key": "twelve", "label": "headline", "article_id": article.id, "words": "twelve hundred"}
                # Dismissed, since the worker would sweep an open one that no headline has.
                decided = {"state": "dismissed", "found_at": now(), "decided_at": now()}
                session.merge(Misquote(id=self.misquote_id, **decided, **misquote))

    def _permission(self, session: Session, article: Article) -> str:
        """The id of a permission of the article that can be taken back, as another holds too."""
        if article.status == "trashed":
            return str(new_id())
        while len(article.permissions) < 2:
            data = PermissionIn(assigner="the-harbour-review", credit="By permission.")
            permit(session, article, data, by=COMMAND_LINE, at=now())
        return str(max(permission.id for permission in article.permissions))

    def vouch(self) -> str:
        """The id of an item of evidence for the quote."""
        found = {"verification": "disputed", "exact": "Well", "note": "She denies it.", "checked_at": now()}
        with self._writer.session() as session:
            known = session.scalars(evidence_of(UUID(self.quote_id))).first()
            evidence = known or Evidence(id=new_id(), quote_id=UUID(self.quote_id), **found)
            session.add(evidence)
        return str(evidence.id)

    def queue_import(self) -> str:
        """The id of an import that waits."""
        with self._writer.session() as session:
            options = ImportOptions()
            job = imports.enqueue(session, new_id(), options, kind="text", size=1, by=COMMAND_LINE, at=now())
        return str(job.id)

    def body(self, operation: str, example: Any) -> Any:
        """The example in the document, or a body of this kind that fits what is there."""
        words = {"exact": self.first_words, "start": 0, "end": len(self.first_words)}
        fitting = {
            "create_quote": words,
            "update_quote": words,
            "permit_article": {"assigner": "the-harbour-review", "credit": "By permission."},
            "update_permission": {"credit": "By permission."},
            "create_correction": {"text": "Eleven hundred, not twelve."},
            "update_correction": {"kind": "clarification"},
            "create_preview_link": {},
            "create_source": {"kind": "person", "name": "Ida Holm"},
            "update_source": {"name": "Maren Oduya"},
            "merge_source": {"into": "the-harbour-review"},
            "split_source": {"source": {"kind": "person", "name": "Joss Wendell"}, "quotes": [self.said_id]},
            "merge_tag": {"into": self.spares["tag"][1]},
            "merge_author": {"into": self.spares["author"][1]},
            "change_articles": {"action": "untag", "tags": ["Ferries"], "items": [{"id": str(self.article_id)}]},
            "create_comment": {"body": "Well put."},
            "count_comments": {"articles": [self.comment_id]},
            "accept_challenge": {"text": "Eleven hundred, not twelve."},
            "create_ban": {"words": "cheap pills"},
            "export_person": {"email": "ada@reader.example"},
            "erase_person": {"email": "nobody@reader.example"},
            "moderate_each_comment": {"decisions": [{"id": self.comment_id, "action": "approve"}]},
            "moderate_comments": {"ids": [self.comment_id], "action": "approve"},
            "schedule_article": {"scheduled_at": (now() + timedelta(days=1)).isoformat()},
            "change_password": {
                "email": "owner@example.org",
                "current_password": PASSWORD,
                "new_password": PASSWORD,
            },
            "reset_password": {"password": PASSWORD},
            "create_token": {"grant_type": "password", "username": "owner@example.org", "password": PASSWORD},
        }
        return fitting.get(operation, example)


def _add(quote: Quote, placements: list[Placement], words: str) -> None:
    placements.append(place(quote, words, Span(0, 1)))


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    made = Ground(tmp_path_factory.mktemp("contract"))
    may_have_changed = True

    @schemathesis.hook
    def before_call(_context: object, case: Case, _kwargs: object) -> None:
        """Let requests that the document allows meet what exists, in a state in which they can succeed."""
        nonlocal may_have_changed
        assert case.meta
        phase = case.meta.phase.name.value
        if not case.meta.generation.mode.is_positive or phase == "stateful":
            return
        status = NEEDED.get(f"{case.method} {case.path.removeprefix('/v1/admin/articles')}", "published")
        if may_have_changed or status != "published":
            made.revive(status)
            may_have_changed = status != "published"
        for path, parameters in REAL.items():
            if case.path == path or case.path.startswith(f"{path}/"):
                case.path_parameters.update(parameters)
        if "quote_id" in case.path_parameters:
            case.path_parameters["quote_id"] = made.quote_id
        if "evidence_id" in case.path_parameters:
            case.path_parameters["evidence_id"] = made.vouch()
        if "correction_id" in case.path_parameters:
            case.path_parameters["correction_id"] = made.correction_id
        if "permission_id" in case.path_parameters:
            case.path_parameters["permission_id"] = made.permission_id
        if "comment_id" in case.path_parameters:
            challenge = case.path.endswith("/accept")
            case.path_parameters["comment_id"] = made.challenge_id if challenge else made.comment_id
        if "ban_id" in case.path_parameters:
            case.path_parameters["ban_id"] = made.ban_id
        if case.method in ("PATCH", "DELETE") and case.path.startswith("/v1/comments/"):
            case.headers["X-Edit-Token"] = made.edit_token
        if case.path == "/v1/auth/verify" and case.method == "POST":
            made.links[case.path] = made.register()
        if case.path == "/v1/auth/password/reset" and case.method == "POST":
            made.links[case.path] = made.forget()
        if case.path in made.links:
            case.query = {"token": made.links[case.path]}
        if "link_id" in case.path_parameters:
            case.path_parameters["link_id"] = made.link_id
        if "token" in case.path_parameters:
            case.path_parameters["token"] = made.token
        if "misquote_id" in case.path_parameters:
            case.path_parameters["misquote_id"] = str(made.misquote_id)
        if "import_id" in case.path_parameters:
            case.path_parameters["import_id"] = made.queue_import()
        if "image_id" in case.path_parameters:
            case.path_parameters["image_id"] = str(made.image.id if case.method != "DELETE" else made.spare.id)
        if "group_id" in case.path_parameters:
            number = {"DELETE": 2, "POST": 0}.get(case.method, 1)
            case.path_parameters["group_id"] = made.spares["tag" if "/tags/" in case.path else "author"][number]
        if "digest" in case.path_parameters:
            case.path_parameters["digest"] = made.image.digest
        if "variant" in case.path_parameters:
            case.path_parameters["variant"] = "40.webp"
        if "number" in case.path_parameters:
            case.path_parameters["number"] = 1
        if "If-Match" in case.headers:
            case.headers["If-Match"] = "*"
        if case.operation.definition.raw["operationId"] == "upload_image" and phase == "fuzzing":
            case.body = made.pictures[case.media_type or "image/png"]
        elif phase == "examples":
            case.body = made.body(case.operation.definition.raw["operationId"], case.body)

    @schemathesis.hook
    def after_call(_context: object, case: Case, response: Any) -> None:
        nonlocal may_have_changed
        may_have_changed |= case.method != "GET" and response.status_code < 400
        if case.method in ("PATCH", "DELETE") and case.path.startswith(("/v1/admin/users", "/v1/admin/api-keys")):
            made.keep()

    yield made
    schemathesis.hooks.unregister_all()
    made.app.state.close()


def configuration(key: str) -> SchemathesisConfig:
    return SchemathesisConfig.from_dict(
        {
            "seed": 2022,
            "continue-on-failure": True,
            "max-failures": 1000,
            "generation": {"deterministic": True, "max-examples": 5, "no-shrink": True},
            # tests/test_operations.py sends every path each method that it does not take.
            "phases": {"coverage": {"unexpected-methods": []}},
            "auth": {"openapi": {"HTTPBearer": {"bearer": key}}},
            "checks": {
                "missing_required_header": {"expected-statuses": [400, 422, 428]},
                "negative_data_rejection": {
                    "expected-statuses": [400, 401, 403, 404, 405, 406, 409, 414, 415, 422, 428, 429, "5xx"]
                },
            },
        }
    )


def is_expected(failure: str, case: Case, response: Any) -> bool:
    """Whether no schema could have told that this request is refused, or how this answer looks."""
    if failure == "JsonSchemaError":
        return "fields" in case.query  # an item is then a part of what is documented
    if failure == "AcceptedNegativeData":  # the bytes of an image, which are no string of JSON
        return bool(case.operation.definition.raw["operationId"] == "upload_image")
    if failure != "RejectedPositiveData":
        return False
    problem = response.json()
    kind = problem["type"].removeprefix("/problems/")
    if kind in ("invalid", "invalid-parameter"):
        return {name_of(error) for error in problem["errors"]} <= VALUES.keys()
    return kind in STATE


def name_of(error: dict[str, str]) -> str:
    """The parameter or member that an error is about."""
    return error.get("parameter") or error["pointer"].rstrip("/0123456789").rpartition("/")[2]


@pytest.mark.filterwarnings("ignore:Do not use the `random` module")  # the application's worker does, in its thread
def test_the_api_keeps_its_contract_whatever_is_sent(ground: Ground) -> None:
    schema = schemathesis.openapi.from_asgi("/openapi.json", ground.app, config=configuration(ground.key))

    @schema.hook
    def filter_failure(_context: object, failure: Exception, case: Case, response: Any) -> bool:
        return not is_expected(type(failure).__name__, case, response)

    failures: list[str] = []
    succeeded: set[str] = set()
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError):
            failures.append(f"{event.label}: {event.value!r}")
        elif isinstance(event, events.FatalError):
            raise event.exception
        elif isinstance(event, events.ScenarioFinished):
            for case_id, interaction in event.recorder.interactions.items():
                if interaction.response is None:
                    continue
                if interaction.response.status_code < 300:
                    succeeded.add(event.recorder.cases[case_id].value.operation.definition.raw["operationId"])
                failures += [
                    f"{check.failure_info.failure}\n{check.failure_info.code_sample}\n{interaction.response.text}"
                    for check in event.recorder.checks.get(case_id, ())
                    if check.failure_info
                ]
    assert not failures, "\n\n".join(failures[:20])
    everything = {operation["operationId"] for path in document()["paths"].values() for operation in path.values()}
    unending = {"stream_comments"}  # its answer has no end: tests/comments/test_live.py
    assert succeeded == everything - unending, "an operation was never tried with success"
