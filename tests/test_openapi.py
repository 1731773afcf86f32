"""The OpenAPI document: valid, whole, with examples that are true, and of a kind that a stranger can use."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs
import pytest
from fastapi.routing import iter_route_contexts
from openapi_spec_validator import OpenAPIV31SpecValidator

from app.accounts.rights import SCOPES
from app.demo import load_samples
from app.errors import MEDIA_TYPE
from app.main import document
from app.operations.delivery import problem_pages
from tests.conftest import Api
from tests.record.surfaces import OF_FILES, OF_MAIL, STREAMS

SNAPSHOT = Path(__file__).parent.parent / "docs" / "openapi.json"
DOCUMENT = document()


class Operation(NamedTuple):
    """One operation of the document, and where it stands."""

    path: str
    method: str
    spec: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.spec["operationId"])

    @property
    def is_for_staff(self) -> bool:
        return self.path.startswith("/v1/admin/")

    @property
    def success(self) -> dict[str, Any]:
        """The answer to a request that went well; the first one, for what is done at once or later."""
        found, *_ = (response for status, response in self.spec["responses"].items() if status < "3")
        assert isinstance(found, dict)
        return found


OPERATIONS = [
    Operation(path, method, spec) for path, methods in DOCUMENT["paths"].items() for method, spec in methods.items()
]
EACH = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    """What a `$ref` stands for, or the part itself."""
    if "$ref" not in part:
        return part
    found: Any = DOCUMENT
    for step in part["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    assert isinstance(found, dict)
    return found


def is_valid(value: object, schema: dict[str, Any]) -> bool:
    whole = schema | {"components": DOCUMENT["components"]}  # so that references find what they name
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True).is_valid(value)


def schemas_in(part: Any) -> Iterator[dict[str, Any]]:
    """Every schema that has examples, wherever it is."""
    if isinstance(part, dict):
        if isinstance(part.get("examples"), list):
            yield part
        for inner in part.values():
            yield from schemas_in(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from schemas_in(inner)


def contents(part: Any) -> Iterator[dict[str, Any]]:
    """Every media type object, wherever it is."""
    if isinstance(part, dict):
        if isinstance(part.get("content"), dict):
            yield from part["content"].values()
        for inner in part.values():
            yield from contents(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from contents(inner)


def test_the_document_is_valid_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(DOCUMENT).iter_errors()) == []


def test_the_committed_copy_is_the_document_of_this_code() -> None:
    committed = json.loads(SNAPSHOT.read_text())
    assert committed == DOCUMENT, "the contract has changed; if that is meant: onrecord openapi > docs/openapi.json"


def test_the_server_sends_the_same_document(api: Api) -> None:
    assert api.get("/openapi.json").json() == DOCUMENT


def test_the_routes_take_the_query_parameters_that_are_documented(api: Api) -> None:
    documented = {
        operation.spec["operationId"]: {p["name"] for p in operation.spec.get("parameters", ()) if p["in"] == "query"}
        for operation in OPERATIONS
    }
    assert api.app.state.parameters == documented


def test_operation_ids_are_the_names_of_the_functions_and_unique(api: Api) -> None:
    ids = [operation.name for operation in OPERATIONS]
    assert len(ids) == len(set(ids))
    routes = {route.name: route for route in iter_route_contexts(api.app.routes)}
    assert all(getattr(routes[name].endpoint, "__name__", "") == name for name in ids)


@EACH
def test_an_operation_says_what_it_does(operation: Operation) -> None:
    assert 8 <= len(operation.spec["summary"]) <= 140
    assert not operation.spec["summary"].endswith(".")
    assert " ".join(operation.spec["description"].split()).startswith(operation.spec["summary"])
    (tag,) = operation.spec["tags"]
    assert tag in {known["name"] for known in DOCUMENT["tags"]}
    assert (tag == "admin") == operation.is_for_staff


@EACH
def test_a_parameter_says_what_it_is_for(operation: Operation) -> None:
    for parameter in operation.spec["parameters"]:
        assert parameter.get("description"), parameter["name"]


@EACH
def test_an_operation_declares_its_refusals_as_problems(operation: Operation) -> None:
    responses = operation.spec["responses"]
    refusals = {status for status in responses if status >= "4"}
    assert {"400", "414", "431", "500", "503"} <= refusals
    if "{" in operation.path:
        assert "404" in refusals
    if "requestBody" in operation.spec:
        assert {"408", "413", "415", "422"} <= refusals
    for status in refusals:
        refusal = resolved(responses[status])
        assert list(refusal["content"]) == [MEDIA_TYPE]
        assert refusal["content"][MEDIA_TYPE]["schema"] == {"$ref": "#/components/schemas/Problem"}
        named = {example["value"]["type"].removeprefix("/problems/") for example in examples_of(refusal)}
        assert named
        assert named <= set(problem_pages())
        assert all(str(problem_pages()[slug][0]) == status for slug in named)


def examples_of(refusal: dict[str, Any]) -> list[dict[str, Any]]:
    return list(refusal["content"][MEDIA_TYPE]["examples"].values())


UNKEPT = ("/v1/previews/{token}", "/v1/previews/{token}/media/{digest}/{variant}", *OF_MAIL)
"""What readers get that no cache may keep; it is found by a secret only."""


@EACH
def test_a_public_get_can_be_cached_and_nothing_else_can(operation: Operation) -> None:
    cacheable = {"Last-Modified", "Cache-Control", "Cache-Tag"} & set(operation.success.get("headers", {}))
    if operation.method == "get" and not operation.is_for_staff and operation.path not in UNKEPT:
        assert "304" in operation.spec["responses"]
        assert "security" not in operation.spec
        assert len(cacheable) == 3
        assert "ETag" in operation.success["headers"]
    else:
        assert "304" not in operation.spec["responses"]
        assert not cacheable


@EACH
def test_an_operation_for_staff_names_the_scope_it_needs(operation: Operation) -> None:
    if not operation.is_for_staff:
        assert "security" not in operation.spec
        return
    ((scheme, scopes),) = operation.spec["security"][0].items()
    assert scheme in DOCUMENT["components"]["securitySchemes"]
    assert len(scopes) == 1
    assert set(scopes) <= set(SCOPES)
    assert f"`{scopes[0]}`" in operation.spec["description"]
    assert {"401", "403"} <= set(operation.spec["responses"])


WITHOUT_VERSION = (
    *("/lock", "/api-keys/{key_id}", "/sessions/{session_id}", "/cancel", "/bans/{ban_id}", "/notes", "/decision"),
)
"""A lock changes no article, nor a note a comment; of two decisions the last one stands. What is ended is
ended, whatever else has changed. Pings and redeliveries only send."""


@EACH
def test_a_change_of_something_that_exists_needs_its_version(operation: Operation) -> None:
    is_change = operation.is_for_staff and operation.method != "get"
    is_change = is_change and ("{" in operation.path or operation.method == "put")
    is_change = is_change and "/preview-links" not in operation.path  # they change nothing of the article
    is_change = is_change and not operation.path.endswith(("/ping", "/redeliver", *WITHOUT_VERSION))
    required = {parameter["name"] for parameter in operation.spec["parameters"] if parameter["required"]}
    assert ("If-Match" in required) == is_change
    assert ({"412", "428"} <= set(operation.spec["responses"])) == is_change


@EACH
def test_a_post_of_staff_or_of_a_comment_may_be_retried(operation: Operation) -> None:
    names = {parameter["name"] for parameter in operation.spec["parameters"]}
    assert "Idempotency-Key" not in names or "422" in operation.spec["responses"]
    changes_something = not operation.path.startswith(
        (
            "/v1/auth/",
            "/v1/admin/extract",
            "/v1/comments/counts",
            "/v1/comments/confirm",
            "/v1/comments/unsubscribe",
            "/v1/admin/people/export",
        )
    )
    assert ("Idempotency-Key" in names) == (operation.method == "post" and changes_something)


@EACH
def test_a_list_is_paged_and_every_parameter_is_bounded(operation: Operation) -> None:
    content = operation.success.get("content", {}).get("application/json", {})
    schema = content.get("schema", {})
    shapes = [resolved(shape).get("properties", {}) for shape in schema.get("anyOf", [schema])]
    is_list = all({"items", "next"} <= set(shape) for shape in shapes)
    names = {parameter["name"] for parameter in operation.spec["parameters"]}
    assert ({"limit", "cursor", "count"} <= names) == is_list
    for parameter in operation.spec["parameters"]:
        for kind in parameter["schema"].get("anyOf", [parameter["schema"]]):
            if kind.get("type") == "string" and parameter["in"] != "header":
                assert {"maxLength", "enum", "const", "format", "pattern"} & set(kind), parameter["name"]


def test_every_example_is_valid() -> None:
    wrong = [(s.get("title"), e) for s in schemas_in(DOCUMENT) for e in s["examples"] if not is_valid(e, s)]
    assert wrong == []
    for content in contents(DOCUMENT):
        for example in content.get("examples", {}).values():
            assert is_valid(example["value"], content["schema"])


def test_a_schema_says_what_it_is_and_shows_what_its_texts_look_like() -> None:
    missing = []
    for name, schema in DOCUMENT["components"]["schemas"].items():
        if not name.startswith("Page_") and not schema.get("description"):
            missing.append(name)
        for field, shape in schema.get("properties", {}).items():
            kinds = shape.get("anyOf", [shape])
            texts = [
                kind for kind in kinds if kind.get("type") == "string" and not {"enum", "format", "const"} & set(kind)
            ]
            if any("examples" not in kind for kind in texts) and "examples" not in shape and field != "password":
                missing.append(f"{name}.{field}")
    assert missing == []


def test_nothing_in_the_document_is_left_over() -> None:
    text = json.dumps(DOCUMENT)
    components = DOCUMENT["components"]
    unused = [
        f"{kind}/{name}"
        for kind in ("schemas", "responses")
        for name in components[kind]
        if f'"#/components/{kind}/{name}"' not in text
    ]
    assert unused == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_examples_of_paths_work_against_the_sample_articles(api: Api, site: Any) -> None:
    load_samples(site.database)
    tried = 0
    for operation in OPERATIONS:
        url, query = operation.path, {}
        for parameter in operation.spec["parameters"]:
            examples = parameter["schema"].get("examples", [None])
            if parameter["in"] == "path":
                url = url.replace(f"{{{parameter['name']}}}", str(examples[0] or "{}"))
            elif parameter["in"] == "query" and examples[0] is not None:
                query[parameter["name"]] = examples[0]
        if operation.path in {*UNKEPT, *OF_FILES, *STREAMS}:
            continue
        if operation.method == "get" and not operation.is_for_staff and "{}" not in url:
            answer = api.get(url, params=query)
            assert answer.status_code == 200, f"{url} {query}: {answer.text}"
            tried += 1
    assert tried > 15
