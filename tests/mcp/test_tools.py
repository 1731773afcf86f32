"""What a language model gets at `/mcp`: asked by the protocol's own client, over HTTP, of a real server."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from anyio.from_thread import BlockingPortal
from mcp.client.client import Client
from mcp.server.mcpserver.exceptions import ToolError

from app import serving
from app.db import Database, now
from app.demo import load_samples
from app.events.actions import COMMAND_LINE
from app.ingest.importing import import_text
from app.mcp.reading import Reader
from app.settings import load
from bench.servers import onrecord
from tests.conftest import SECRET, Api, draft, published
from tests.record.world import DAY, permit, publish, source, z

Json = dict[str, Any]
FERRY = "harbour-board-vows-to-keep-the-night-ferry-whatever-it-costs"
SECRET_WORDS = "Nobody may read this yet"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    directory: Path = tmp_path_factory.mktemp("mcp")
    settings = load(data_dir=directory, secret_key=SECRET, _env_file=None)
    serving.prepare(settings)
    with closing(Database(settings.database)) as database:
        load_samples(database)
        with database.writer.session() as session:
            hidden = f"{SECRET_WORDS}\n\n“{SECRET_WORDS},” said Maren Oduya.\n".encode()
            import_text(session, hidden, by=COMMAND_LINE, at=now(), public=False)
    environment = {"ONRECORD_DATA_DIR": str(directory), "ONRECORD_SECRET_KEY": SECRET, "ONRECORD_MCP": "true"}
    with onrecord(environment) as server:
        yield server.base


def ask(base: str, tool: str, mode: str = "auto", **arguments: Any) -> Json:
    """The structured answer; a refusal is an `AssertionError` with its words."""

    async def asked() -> Json:
        async with Client(f"{base}/mcp", mode=mode) as client:
            answer = await client.call_tool(tool, arguments)
        assert not answer.is_error, str(answer.content)
        told: Json = answer.structured_content
        return told

    return asyncio.run(asked())


def test_the_tools_say_what_they_are_for_and_change_nothing(base: str) -> None:
    async def listed() -> Any:
        async with Client(f"{base}/mcp") as client:
            return await client.list_tools()

    tools = asyncio.run(listed()).tools
    assert [tool.name for tool in tools] == ["who_said_what", "find_quote", "article", "provenance"]
    assert all(tool.annotations.read_only_hint and tool.description for tool in tools)
    for tool in tools:
        assert all(said.get("description") for said in tool.input_schema["properties"].values()), tool.name


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_an_article_is_the_one_of_the_api(base: str, mode: str) -> None:
    assert ask(base, "article", mode, article=FERRY) == httpx.get(f"{base}/v1/articles/{FERRY}").json()
    told = ask(base, "provenance", mode, article=FERRY)
    assert told == httpx.get(f"{base}/v1/articles/{FERRY}/provenance").json()


def test_quotes_of_a_speaker_are_found_by_name_page_by_page(base: str) -> None:
    assert ask(base, "who_said_what", speaker="maren oduya")["quotes"] == [], "nobody has confirmed one"
    whole = ask(base, "who_said_what", speaker="Maren Oduya", suggested=True)
    assert {quote["speaker"]["name"] for quote in whole["quotes"]} == {"Maren Oduya"}
    assert whole["cursor"] is None
    first = ask(base, "who_said_what", speaker="maren-oduya", suggested=True, limit=1)
    rest = ask(base, "who_said_what", speaker="maren-oduya", suggested=True, cursor=first["cursor"])
    assert first["quotes"] + rest["quotes"] == whole["quotes"]
    assert len(whole["quotes"]) > 1
    assert ask(base, "who_said_what", via="The Harbour Review", suggested=True)["quotes"]


def test_a_quote_is_found_by_its_words(base: str) -> None:
    found = ask(base, "find_quote", words='"eleven hundred people"', suggested=True)["quotes"]
    assert [quote["speaker"]["slug"] for quote in found] == ["maren-oduya"]
    assert ask(base, "find_quote", words='"eleven hundred people"')["quotes"] == []


def test_a_model_sees_what_a_reader_sees(base: str) -> None:
    quotes = ask(base, "who_said_what", speaker="Maren Oduya", suggested=True)["quotes"]
    assert SECRET_WORDS not in str(quotes)
    assert ask(base, "find_quote", words=SECRET_WORDS, suggested=True)["quotes"] == []
    with pytest.raises(AssertionError, match="no such article"):
        ask(base, "article", article="nobody-may-read-this-yet")


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        ("who_said_what", {"speaker": "Nobody at all"}, "No source has a name that begins with 'Nobody at all'"),
        ("who_said_what", {"speaker": "The"}, "Several sources have such a name.*: the-harbour-review"),
        ("who_said_what", {"said_after": "yesterday"}, "said_after: "),
        ("who_said_what", {"cursor": "made up"}, "cursor"),
        ("who_said_what", {"limit": 5000}, "less than or equal to 50"),
        ("article", {"article": "../admin/articles"}, "should match pattern"),
        ("article", {"article": "nope"}, "There is no such article."),
        ("find_quote", {"words": "x" * 501}, "at most 500 characters"),
    ],
)
def test_a_bad_question_is_refused_with_what_is_wrong(base: str, tool: str, arguments: Json, says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        ask(base, tool, **arguments)


def test_a_day_is_given_as_it_is_described(base: str) -> None:
    async def listed() -> Any:
        async with Client(f"{base}/mcp") as client:
            return await client.list_tools()

    takes = asyncio.run(listed()).tools[0].input_schema["properties"]
    for name in ("said_after", "said_before"):
        day = takes[name]["description"].removeprefix("A day, such as ").removesuffix(".")
        ask(base, "who_said_what", **{name: day})


def test_a_reprint_that_has_moved_elsewhere_is_not_looked_for_here(
    api: Api, staff: Api, portal: BlockingPortal
) -> None:
    source(staff, "The Review", "publication")
    original = f"https://review.example/v1/articles/{published(staff)['slug']}"
    reprint = draft(staff, canonical_url=original)
    ended = {"valid_from": z(now() - 2 * DAY), "valid_through": z(now() - DAY), "on_expire": "redirect"}
    permit(staff, reprint, "the-review", **ended)
    publish(staff, reprint)
    reader = Reader(api.app, api.app.state.site.settings)
    with pytest.raises(ToolError, match=original):
        portal.call(reader.read, f"/v1/articles/{reprint['slug']}")


def test_only_questions_are_taken(base: str) -> None:
    assert httpx.get(f"{base}/mcp").status_code == 405
    assert httpx.delete(f"{base}/mcp").status_code == 405
    headers = {"Accept": "application/json, text/event-stream"}
    answer = httpx.post(f"{base}/mcp", content=b"{", headers=headers | {"Content-Type": "application/json"})
    assert answer.status_code == 400
    huge = httpx.post(f"{base}/mcp", json={"x": "x" * 2_000_000}, headers=headers)
    assert huge.status_code == 413
