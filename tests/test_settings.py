"""What an operator may set: where it is read from, and what he is told when it is wrong."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.settings import Settings, WrongSettings, load

ROOT = Path(__file__).parent.parent
SECRET = "a secret for tests, thirty-two characters and more"


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings but those of the test."""
    for name in [name for name in os.environ if name.startswith("ONRECORD_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("ENVIRONMENT", "staging", "should be 'development' or 'production'"),
        ("DATABASE_URL", "nonsense", "must be a URL such as postgresql://user@host/name"),
        ("DATABASE_URL", "postgresql://[::1/x", "must be a URL such as postgresql://user@host/name"),
        ("DATABASE_URL", "mysql://root:hunter2@host/name", "must begin with postgresql:// or sqlite:///"),
        ("DATABASE_URL", "postgresql+asyncpg://host/name", "must begin with postgresql:// or sqlite:///"),
        ("DATABASE_URL", "sqlite://", "must name a file"),
        ("DATABASE_URL", "sqlite:///:memory:", "must name a file"),
        ("REPLICA_URLS", "postgresql://host/name,nonsense", "must be a URL such as postgresql://user@host/name"),
        ("REPLICA_URLS", "mysql://root:hunter2@host/name", "must begin with postgresql://"),
        ("REPLICA_URLS", "sqlite:////tmp/copy.db", "must begin with postgresql://"),
        (
            "REPLICA_URLS",
            "postgresql://root:hunter2@host/name",
            "needs PostgreSQL, and ONRECORD_DATABASE_URL is SQLite's",
        ),
        ("REPLICA_MAX_LAG", "0", "greater than or equal to 1"),
        ("BASE_URL", "example.org", "valid URL"),
        ("BASE_URL", "ftp://example.org", "scheme should be 'http' or 'https'"),
        ("ARTICLE_URL", "https://example.org/", "must contain {slug} or {id}"),
        ("SITE_NAME", "", "at least 1 character"),
        ("SECRET_KEY", "short", "needs 32 characters or more"),
        ("CORS_ORIGINS", "https://example.org/", "without a path"),
        ("CORS_ORIGINS", "https://example.org,example.com", "without a path"),
        ("LOG_FORMAT", "xml", "should be 'text' or 'json'"),
        ("LOG_LEVEL", "loud", "should be 'debug', 'info', 'warning' or 'error'"),
        ("MAX_BODY_BYTES", "1", "greater than or equal to"),
        ("COMMENT_RATE", "0", "greater than or equal to 1"),
        ("MODERATION_URL", "ftp://example.org/", "scheme should be 'http' or 'https'"),
        ("MODERATION_URL", "https://me:hunter2@example.org/", "must be without a user name or a password"),
        ("MODERATION_SECRET", f"whsec_{'YWFh' * 8},hunter2", "must be whsec_ and base64 of 24 to 64 bytes"),
        ("LOGIN_RATE", "many", "valid integer"),
        ("TRUSTED_PROXIES", "10.0.0.1,proxy", "does not appear to be an IPv4 or IPv6 network"),
    ],
)
def test_a_wrong_value_is_refused_with_the_variables_name_and_the_reason(
    name: str, value: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"ONRECORD_{name}", value)
    with pytest.raises(WrongSettings) as caught:
        load()
    said = str(caught.value)
    assert said.startswith(f"ONRECORD_{name}")
    assert reason in said
    assert "\n" not in said
    assert "hunter2" not in said


def test_a_wrong_secret_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONRECORD_SECRET_KEY", "hunter2")
    with pytest.raises(WrongSettings) as caught:
        load()
    assert "hunter2" not in str(caught.value)


def test_a_setting_that_needs_an_extra_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.settings.find_spec", lambda _: None)
    monkeypatch.setenv("ONRECORD_MCP", "true")
    with pytest.raises(WrongSettings, match=r"onrecord\[mcp\]"):
        load()


def test_the_command_line_ends_with_1_and_one_sentence_where_a_setting_is_wrong(tmp_path: Path) -> None:
    onrecord = Path(sys.executable).with_name("onrecord")
    env = os.environ | {"ONRECORD_LOG_LEVEL": "loud"}
    finished = subprocess.run(
        [str(onrecord), "check"], env=env, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 1
    assert finished.stderr.startswith("onrecord: ONRECORD_LOG_LEVEL: ")
    assert finished.stderr.count("\n") == 1
    assert finished.stdout == ""


def test_a_misspelt_name_is_pointed_out_and_stops_nothing(tmp_path: Path) -> None:
    onrecord = Path(sys.executable).with_name("onrecord")
    (tmp_path / ".env").write_text("ONRECORD_COLOUR=blue\nSOMETHING=else\n")
    env = os.environ | {"ONRECORD_LOG_LEVLE": "error", "ONRECORD_DATA_DIR": str(tmp_path), "onrecord_log_level": "info"}
    finished = subprocess.run(
        [str(onrecord), "migrate"], env=env, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert finished.stderr.splitlines()[:2] == [
        "onrecord: ONRECORD_COLOUR is no setting.",
        "onrecord: ONRECORD_LOG_LEVLE is no setting; ONRECORD_LOG_LEVEL is.",
    ]
    assert finished.stdout == "The database has this release's schema.\n"


def test_a_file_env_that_is_not_utf8_is_a_wrong_setting_and_help_does_not_ask_for_it(tmp_path: Path) -> None:
    onrecord = Path(sys.executable).with_name("onrecord")
    (tmp_path / ".env").write_bytes("ONRECORD_SITE_NAME=Möwe\n".encode("latin-1"))

    def run(word: str) -> tuple[int, str]:
        ran = subprocess.run([str(onrecord), word], cwd=tmp_path, capture_output=True, text=True, check=False)
        return ran.returncode, ran.stderr

    assert run("migrate") == (1, "onrecord: The file .env is not UTF-8 text.\n")
    assert run("--help") == (0, "")


def test_values_come_from_the_environment_before_the_file_env_before_the_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("ONRECORD_SITE_NAME='The Harbour Post'\nONRECORD_LOGIN_RATE=7\nSOMETHING=else\n")
    monkeypatch.setenv("ONRECORD_LOGIN_RATE", "8")
    found = load()
    assert (found.site_name, found.login_rate, found.comment_rate) == ("The Harbour Post", 8, 10)


def test_lists_are_split_at_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONRECORD_CORS_ORIGINS", " https://a.example , https://b.example:8080,")
    monkeypatch.setenv("ONRECORD_TRUSTED_PROXIES", "10.0.0.0/8,::1")
    found = load()
    assert found.cors_origins == ("https://a.example", "https://b.example:8080")
    assert found.trusted_proxies == ("10.0.0.0/8", "::1")


def test_settings_cannot_be_changed_once_they_are_read() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load().site_name = "Another"  # type: ignore[misc]


def test_no_setting_shows_the_secret() -> None:
    assert SECRET not in repr(load(secret_key=SECRET))


def test_a_postgresql_url_may_have_the_short_scheme_of_hosting_providers() -> None:
    assert load(database_url="postgres://user@host/name").database == "postgresql://user@host/name"


def test_without_a_database_url_it_is_a_file_in_the_data_directory(tmp_path: Path) -> None:
    assert load(data_dir=tmp_path / "data").database == f"sqlite:///{tmp_path}/data/onrecord.db"
    assert load().database == f"sqlite:///{tmp_path}/data/onrecord.db"


def test_articles_have_their_address_in_this_api_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONRECORD_BASE_URL", "https://api.example.org/")
    assert load(_env_file=None).article_url == "https://api.example.org/v1/articles/{slug}"
    monkeypatch.setenv("ONRECORD_ARTICLE_URL", "https://example.org/{id}")
    assert load(_env_file=None).article_url == "https://example.org/{id}"


def test_production_does_not_start_without_a_secret_of_its_own() -> None:
    with pytest.raises(WrongSettings, match="ONRECORD_SECRET_KEY is required"):
        load(environment="production")
    assert load(environment="production", secret_key=SECRET).secret == SECRET.encode()


def test_the_secret_is_made_once_however_many_start_at_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from app.settings import load; "
        "sys.stdin.read(); print(load().secret.decode())"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path)
        for _ in range(2)
    ]
    for process in started:
        assert process.stdin
        process.stdin.close()
    made = {process.stdout.read() for process in started if process.stdout}
    for process in started:
        assert process.stdout
        process.stdout.close()
        assert process.wait() == 0
    assert len(made) == 1
    assert len(made.pop().strip()) >= 43  # 256 bits and more
    files = list((tmp_path / "data").iterdir())
    assert [file.name for file in files] == ["secret_key"]
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600


def test_whoever_is_second_with_a_secret_takes_the_first_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_slow(_bytes: int) -> str:
        (tmp_path / "secret_key").write_text("that of the process that was faster")
        return "mine"

    monkeypatch.setattr("app.settings.secrets.token_urlsafe", too_slow)
    assert load(data_dir=tmp_path).secret == b"that of the process that was faster"
    assert [file.name for file in tmp_path.iterdir()] == ["secret_key"]


def test_the_secret_stays_the_same_from_start_to_start(tmp_path: Path) -> None:
    assert load(data_dir=tmp_path).secret == load(data_dir=tmp_path).secret


def test_every_setting_says_what_it_is_for() -> None:
    assert all(field.description for field in Settings.model_fields.values())
