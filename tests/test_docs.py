"""The documentation names everything that there is. `python -m tests.test_docs` writes the pages made from code."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from pydantic_core import PydanticUndefined

from app.accounts.rights import SCOPES
from app.cli import app as command_line
from app.events.actions import PUBLIC_KINDS
from app.events.kinds import KINDS
from app.main import document
from app.operations.delivery import problem_pages
from app.settings import Settings
from app.webhooks.schemas import KINDS as WEBHOOK_KINDS

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
WRITE = "write it anew with: python -m tests.test_docs"

SETTINGS = """\
# Settings

Each is an environment variable, or a line of a file `.env` in the working directory; the environment goes first. They
are read once, at the start. A wrong value stops the start and says which and why:

```text
onrecord: ONRECORD_LOG_LEVEL: Input should be 'debug', 'info', 'warning' or 'error'
```

A variable that begins with `ONRECORD_` and is none of these sets nothing; each command that needs settings says
so first:

```text
onrecord: ONRECORD_LOG_LEVLE is no setting; ONRECORD_LOG_LEVEL is.
```

"""
PROBLEMS = """\
# Problems

Every refusal is `application/problem+json` (RFC 9457):

```json
{"type": "/problems/invalid-parameter", "title": "A query parameter is not acceptable", "status": 400,
 "detail": "See `errors` for each parameter.", "instance": "/v1/articles",
 "request_id": "01a20c7c495b7fbb8e3b37c6b1b5b5c4",
 "errors": [{"parameter": "limit", "detail": "Input should be less than or equal to 100"}]}
```

`type` is the path of a page that says what is below. `errors` names each value that is wrong: `parameter` in the query,
`pointer` (RFC 6901) in the body. `request_id` is in the log too. A refusal changes nothing, and never repeats what was
sent.

"""


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [
        head,
        ["---"] * len(head),
        *([" ".join(cell.replace("|", "\\|").split()) for cell in row] for row in rows),
    ]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def settings_page() -> str:
    rows = []
    for name, field in Settings.model_fields.items():
        default = "" if field.default in ("", (), PydanticUndefined) or name == "secret_key" else field.default
        shown = ",".join(default) if isinstance(default, tuple) else str(default)
        choices = [f"`{choice}`" for choice in get_args(field.annotation) if isinstance(choice, str)]
        bounds = {type(bound).__name__: bound for bound in field.metadata}
        if {"Ge", "Le"} <= set(bounds):
            choices = [f"{bounds['Ge'].ge} to {bounds['Le'].le}"]
        meaning = f"{field.description} {'One of ' if len(choices) > 1 else ''}{', '.join(choices)}".strip()
        rows.append([f"`ONRECORD_{name.upper()}`", f"`{shown}`" if shown else "", meaning.rstrip(".") + "."])
    return SETTINGS + table(["variable", "default", "what it is for"], rows)


def problems_page() -> str:
    pages = sorted(problem_pages().items(), key=lambda page: (page[1][0], page[0]))
    rows = [[str(status), f"`/problems/{slug}`", title, text] for slug, (status, title, text) in pages]
    return PROBLEMS + table(["status", "type", "title", "what it means"], rows)


def openapi_copy() -> str:
    return json.dumps(document(), ensure_ascii=False, indent=2) + "\n"


PAGES = {"settings.md": settings_page, "problems.md": problems_page, "openapi.json": openapi_copy}


def prose() -> str:
    """Everything that was written for people."""
    return "\n".join(path.read_text() for path in [ROOT / "README.md", *DOCS.glob("*.md")])


def commands(group: Any = None, name: str = "onrecord") -> Iterator[tuple[str, Any]]:
    """Every command with its words, as `onrecord user create`."""
    group = group or typer.main.get_command(command_line)
    for word, command in getattr(group, "commands", {}).items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{name} {word}")
        else:
            yield f"{name} {word}", command


def told_kinds() -> set[str]:
    """The kind of every event that the code tells of."""
    trees = [ast.parse(path.read_text()) for path in (ROOT / "app").rglob("*.py")]
    texts = {str(node.value) for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    return {text for text in texts if re.fullmatch(r"(article|quote|source|comment|permission|import)\.[a-z_]+", text)}


@pytest.mark.parametrize("name", ["settings.md", "problems.md"])
def test_a_page_that_is_made_from_code_is_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text() == PAGES[name](), WRITE


@pytest.mark.parametrize(("name", "command"), [pytest.param(*found, id=found[0]) for found in commands()])
def test_a_command_is_documented(name: str, command: Any) -> None:
    assert command.help
    assert name in prose()
    for parameter in command.params:
        assert getattr(parameter, "help", None), f"{name} {parameter.name}"


@pytest.mark.parametrize("name", [f"ONRECORD_{name.upper()}" for name in Settings.model_fields])
def test_a_setting_is_documented(name: str) -> None:
    assert f"`{name}`" in prose()


@pytest.mark.parametrize("slug", problem_pages())
def test_a_problem_is_documented(slug: str) -> None:
    assert f"`/problems/{slug}`" in prose()
    _, title, text = problem_pages()[slug]
    assert len(text) > len(title)


@pytest.mark.parametrize("scope", SCOPES)
def test_a_scope_is_documented(scope: str) -> None:
    assert f"`{scope}`" in prose()


@pytest.mark.parametrize("kind", sorted(PUBLIC_KINDS | told_kinds()))
def test_a_kind_of_event_is_documented(kind: str) -> None:
    assert f"`{kind}`" in prose()


def test_the_kinds_of_events_are_those_of_the_table_in_the_guide_and_in_the_document() -> None:
    page = (DOCS / "editing.md").read_text()
    rows = re.findall(r"^\| `([a-z]+\.[a-z_]+)` \| (.*) \| (✓?) ?\|$", page, re.MULTILINE)
    assert {name: when for name, when, _ in rows} == {name: kind.when for name, kind in KINDS.items()}
    assert set(document()["webhooks"]) == set(KINDS) == {*WEBHOOK_KINDS} - {"*"}
    for name, operation in document()["webhooks"].items():
        schema = operation["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert schema["properties"]["type"]["const"] == name
        assert set(schema["properties"]["data"]["required"]) == {"id", *KINDS[name].members}


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/openapi.json", "/docs", *document()["paths"]])
def test_a_resource_is_documented(path: str) -> None:
    """By its last fixed word, since the pages abbreviate what stands before it."""
    words = [word for word in path.replace(".{", "/{").split("/") if word and not word.startswith("{")]
    assert re.search(rf"[/`]{re.escape(words[-1])}\b", prose())


def test_a_link_between_pages_leads_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


if __name__ == "__main__":
    for name, made in PAGES.items():
        (DOCS / name).write_text(made())
