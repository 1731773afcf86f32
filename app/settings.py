"""What an operator may set, each as an environment variable `ONRECORD_…` or a line in `.env`."""

import base64
import os
import re
import secrets
from difflib import get_close_matches
from functools import cached_property
from importlib.util import find_spec
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, HttpUrl, SecretStr, TypeAdapter, ValidationError, model_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, NoDecode, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

_HTTP_URL: TypeAdapter[HttpUrl] = TypeAdapter(HttpUrl)


def _http_url(value: str) -> str:
    _HTTP_URL.validate_python(value)
    return value.rstrip("/")


def _article_url(value: str) -> str:
    if "{slug}" not in value and "{id}" not in value:
        raise ValueError("must contain {slug} or {id}")
    return _http_url(value)


def _database_url(value: str) -> str:
    """The URL, if it is of an engine that this application runs on."""
    try:
        url = make_url(value or "sqlite:///file")
    except (ArgumentError, ValueError):
        raise ValueError("must be a URL such as postgresql://user@host/name") from None
    if url.drivername not in ("postgres", "postgresql", "postgresql+psycopg", "sqlite"):
        raise ValueError("must begin with postgresql:// or sqlite:///")
    if url.drivername == "sqlite" and url.database in (None, "", ":memory:"):
        raise ValueError("must name a file, as in sqlite:////var/lib/onrecord/onrecord.db")
    return value


def _replica_url(value: str) -> str:
    """The URL, if it is of PostgreSQL, in the form that SQLAlchemy takes."""
    if make_url(_database_url(value)).get_backend_name() == "sqlite":
        raise ValueError("must begin with postgresql://")
    return value.replace("postgres://", "postgresql://", 1)


def _origin(value: str) -> str:
    if not re.fullmatch(r"\*|https?://[^/\s]+", value):
        raise ValueError("must be * or origins such as https://example.org, without a path")
    return value


def _endpoint(value: str) -> str:
    """The URL, if it is one to POST to, or empty."""
    if value and _HTTP_URL.validate_python(value).username is not None:
        raise ValueError("must be without a user name or a password")
    return value


def _signing_secret(value: SecretStr) -> SecretStr:
    """The secret, if it has the form of Standard Webhooks."""
    prefix, _, key = value.get_secret_value().partition("_")
    try:
        if prefix == "whsec" and 24 <= len(base64.b64decode(key, validate=True)) <= 64:
            return value
    except ValueError:
        pass
    raise ValueError("must be whsec_ and base64 of 24 to 64 bytes")


def _network(value: str) -> str:
    ip_network(value, strict=False)
    return value


def _sender(value: str) -> str:
    if value and not re.fullmatch(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", value):
        raise ValueError("must be an e-mail address such as no-reply@example.org")
    return value


_NOT_UTF8 = "The file .env is not UTF-8 text."


class WrongSettings(Exception):
    """The message names the variable and says what is wrong with it."""


class Settings(BaseSettings):
    """All settings, read once at the start and handed to whoever needs them."""

    model_config = SettingsConfigDict(
        env_prefix="ONRECORD_", env_file=".env", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    environment: Literal["development", "production"] = Field(
        default="development", description="`production` refuses to start without `SECRET_KEY`."
    )
    data_dir: Path = Field(default=Path("data"), description="Where the SQLite database and the secret lie.")
    database_url: Annotated[str, AfterValidator(_database_url)] = Field(
        default="",
        description="`postgresql://user@host/name` or `sqlite:////path`; empty means SQLite in `DATA_DIR`.",
    )
    replica_urls: Annotated[tuple[Annotated[str, AfterValidator(_replica_url)], ...], NoDecode] = Field(
        default=(),
        description="Streaming standbys of the PostgreSQL database that public reads may go to, comma separated; each "
        "names one server.",
    )
    replica_max_lag: int = Field(
        default=10, ge=1, le=60, description="Seconds by which a replica may be behind and still be read."
    )
    base_url: Annotated[str, AfterValidator(_http_url)] = Field(
        default="http://127.0.0.1:8000", description="Where readers reach this API, without a trailing slash."
    )
    article_url: Annotated[str, AfterValidator(_article_url)] = Field(
        default_factory=lambda given: f"{given['base_url']}/v1/articles/{{slug}}",
        description="Template of an article's page on your site, for example `https://example.org/{slug}`. Its address "
        "in this API, if not given.",
    )
    site_name: str = Field(
        default="Onrecord demo",
        min_length=1,
        max_length=200,
        description="The publisher: the last hop of every attribution.",
    )
    publish_requires: Annotated[tuple[Literal["confirmed", "verified"], ...], NoDecode] = Field(
        default=(),
        description="What every quote needs before readers see it, comma separated: `confirmed` by an editor, "
        "`verified` by evidence. Nothing by default.",
    )
    secret_key: SecretStr = Field(
        default=SecretStr(""),
        description="32 characters or more; signs cursors and hashes readers' e-mails. Generated into "
        "`DATA_DIR/secret_key` on the first start if empty.",
    )
    cors_origins: Annotated[tuple[Annotated[str, AfterValidator(_origin)], ...], NoDecode] = Field(
        default=("*",), description="Origins that browsers may call from, separated by commas; `*` for all."
    )
    log_format: Literal["text", "json"] = Field(default="text", description="One line or one JSON object each.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="From this up.")
    max_body_bytes: int = Field(
        default=1_048_576, ge=10_000, le=4_194_304, description="Largest request body, in bytes."
    )
    max_import_bytes: int = Field(
        default=2_147_483_648, ge=10_000, description="Largest file to import through the API, in bytes."
    )
    import_files_days: int = Field(
        default=7, ge=0, le=3650, description="Days after which a file that was imported through the API is removed."
    )
    max_media_bytes: int = Field(
        default=20_971_520, ge=100_000, le=104_857_600, description="Largest image that may be uploaded, in bytes."
    )
    media_dir: str = Field(default="", description="Where uploaded images lie; empty means `media` in `DATA_DIR`.")
    cache_mb: int = Field(
        default=64, ge=0, le=65_536, description="Memory for ready answers, in MB for each worker; 0 keeps none."
    )
    workers: int = Field(
        default=1, ge=1, le=64, description="Processes that serve, all from one port; about one for each core."
    )
    comment_rate: int = Field(
        default=10, ge=1, le=10_000, description="Comments that one address may post in a minute."
    )
    comment_personal_days: int = Field(
        default=180,
        ge=1,
        le=3650,
        description="Days after which the digests are forgotten by which it is known who wrote, voted or complained.",
    )
    moderation_url: Annotated[str, AfterValidator(_endpoint)] = Field(
        default="",
        description="Service that is asked about comments which would be seen at once; empty: none is. It needs "
        "`MODERATION_SECRET`.",
    )
    moderation_secret: Annotated[tuple[Annotated[SecretStr, AfterValidator(_signing_secret)], ...], NoDecode] = Field(
        default=(),
        description="`whsec_…` with which it is asked, base64 of 24 to 64 bytes; two, comma separated, while one "
        "replaces the other.",
    )
    moderation_timeout: int = Field(
        default=5, ge=1, le=60, description="Seconds in which it must have answered; if not, the comment waits."
    )
    login_rate: int = Field(
        default=10, ge=1, le=10_000, description="Sign-ins that one address, or one account, may try in a minute."
    )
    trusted_proxies: Annotated[tuple[Annotated[str, AfterValidator(_network)], ...], NoDecode] = Field(
        default=(),
        description="Addresses or networks of reverse proxies whose `X-Forwarded-For` is believed, comma separated.",
    )

    outbound_allow: Annotated[tuple[Annotated[str, AfterValidator(_network)], ...], NoDecode] = Field(
        default=(),
        description="Private addresses or networks that webhooks and `MODERATION_URL` may reach, comma separated; all "
        "others are refused.",
    )
    webhook_timeout: int = Field(
        default=10, ge=1, le=60, description="Seconds in which a receiver of webhooks must have answered."
    )
    worker: Literal["inside", "apart"] = Field(
        default="inside",
        description="Whether `serve` delivers webhooks, asks `MODERATION_URL` and releases changes itself, or leaves "
        "it to `onrecord worker`.",
    )
    streams: int = Field(
        default=100,
        ge=0,
        le=10_000,
        description="Readers of `/v1/changes` and of threads as streams, for each process.",
    )
    streams_per_address: int = Field(
        default=10, ge=0, le=10_000, description="The most of them that one address, or IPv6 network of 64 bits, has."
    )

    smtp_host: str = Field(default="", description="Mail server that takes e-mail to readers; empty: none is sent.")
    smtp_port: int = Field(default=587, ge=1, le=65_535, description="Its port: 587, or 465 for implicit TLS.")
    smtp_tls: Literal["starttls", "implicit", "none"] = Field(
        default="starttls", description="How the connection is secured; the server's certificate is verified."
    )
    smtp_user: str = Field(default="", description="Name to sign in with at the mail server; empty: without.")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="Its password, which is only sent over TLS.")
    mail_from: Annotated[str, AfterValidator(_sender)] = Field(
        default="", description="Sender of e-mail to readers, in the name of `SITE_NAME`; needed with `SMTP_HOST`."
    )

    registration: bool = Field(
        default=False, description="Whether readers may make accounts of their own; needs `SMTP_HOST`."
    )

    mcp: bool = Field(
        default=False,
        description="Whether language models are answered at `/mcp` (Model Context Protocol); needs the extra `mcp`.",
    )

    @model_validator(mode="before")
    @classmethod
    def _split_lists(cls, values: dict[str, Any]) -> dict[str, Any]:
        lists = (
            *("cors_origins", "trusted_proxies", "outbound_allow", "replica_urls"),
            *("moderation_secret", "publish_requires"),
        )
        for name in lists:
            if isinstance(given := values.get(name), str):
                values[name] = tuple(part.strip() for part in given.split(",") if part.strip())
        return values

    @model_validator(mode="after")
    def _check_extra(self) -> "Settings":
        if self.mcp and find_spec("mcp") is None:
            raise ValueError("ONRECORD_MCP needs the extra: pip install 'onrecord[mcp]'")
        return self

    @model_validator(mode="after")
    def _check_secret(self) -> "Settings":
        secret = self.secret_key.get_secret_value()
        if not secret and self.environment == "production":
            raise ValueError("ONRECORD_SECRET_KEY is required when ONRECORD_ENVIRONMENT=production")
        if secret and len(secret) < 32:
            raise ValueError("ONRECORD_SECRET_KEY needs 32 characters or more")
        return self

    @model_validator(mode="after")
    def _check_moderation(self) -> "Settings":
        if self.moderation_url and not self.moderation_secret:
            raise ValueError("ONRECORD_MODERATION_SECRET is required with ONRECORD_MODERATION_URL")
        return self

    @model_validator(mode="after")
    def _check_replicas(self) -> "Settings":
        if self.replica_urls and make_url(self.database).get_backend_name() == "sqlite":
            raise ValueError("ONRECORD_REPLICA_URLS needs PostgreSQL, and ONRECORD_DATABASE_URL is SQLite's")
        return self

    @model_validator(mode="after")
    def _check_mail(self) -> "Settings":
        if bool(self.smtp_host) != bool(self.mail_from):
            raise ValueError("ONRECORD_SMTP_HOST and ONRECORD_MAIL_FROM need each other")
        if self.registration and not self.smtp_host:
            raise ValueError("ONRECORD_REGISTRATION needs ONRECORD_SMTP_HOST")
        if bool(self.smtp_user) != bool(self.smtp_password.get_secret_value()):
            raise ValueError("ONRECORD_SMTP_USER and ONRECORD_SMTP_PASSWORD need each other")
        if self.smtp_user and self.smtp_tls == "none":
            raise ValueError("ONRECORD_SMTP_PASSWORD is not sent where ONRECORD_SMTP_TLS=none")
        return self

    @cached_property
    def database(self) -> str:
        """The SQLAlchemy URL."""
        if not self.database_url:
            return f"sqlite:///{self.data_dir.absolute() / 'onrecord.db'}"
        return self.database_url.replace("postgres://", "postgresql://", 1)

    @cached_property
    def moderation_keys(self) -> list[bytes]:
        """What requests to the moderation service are signed with."""
        given = [secret.get_secret_value() for secret in self.moderation_secret]
        return [base64.b64decode(secret.partition("_")[2]) for secret in given]

    @cached_property
    def media(self) -> Path:
        """The folder of the uploaded images."""
        return Path(self.media_dir) if self.media_dir else self.data_dir / "media"

    @cached_property
    def secret(self) -> bytes:
        """The secret key; made and kept in the data directory where none is set."""
        if configured := self.secret_key.get_secret_value():
            return configured.encode()
        path = self.data_dir / "secret_key"
        if not path.exists():
            self.data_dir.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f"secret_key.{secrets.token_hex(4)}")
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
                out.write(secrets.token_urlsafe(48))
            try:
                os.link(draft, path)  # the first of several processes wins, the others read what it wrote
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return path.read_text().strip().encode()


def misspelt() -> list[str]:
    """A sentence for each variable that is called like a setting and is none, and so sets nothing.

    Raises `WrongSettings` for a file `.env` that cannot be read.
    """
    known = [f"ONRECORD_{name.upper()}" for name in Settings.model_fields]
    try:
        in_file = DotEnvSettingsSource(Settings).env_vars
    except UnicodeDecodeError:
        raise WrongSettings(_NOT_UTF8) from None
    given = {name.upper() for name in (*os.environ, *in_file)}
    strangers = sorted(name for name in given.difference(known) if name.startswith("ONRECORD_"))
    nearest = {name: get_close_matches(name, known, n=1, cutoff=0.8) for name in strangers}
    return [f"{name} is no setting" + (f"; {near[0]} is." if near else ".") for name, near in nearest.items()]


def load(**overrides: Any) -> Settings:
    """The settings of this process. Raises `WrongSettings`."""
    try:
        return Settings(**overrides)
    except UnicodeDecodeError:
        raise WrongSettings(_NOT_UTF8) from None
    except ValidationError as error:
        lines = []
        for found in error.errors(include_input=False, include_url=False):
            name = str(found["loc"][0]).upper() if found["loc"] else ""
            message = found["msg"].removeprefix("Value error, ")
            lines.append(f"ONRECORD_{name}: {message}" if name else message)
        raise WrongSettings("; ".join(dict.fromkeys(lines))) from None
