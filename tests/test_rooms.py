"""The house rules that no other tool keeps, read off the source itself.

Which room may import which is import-linter's part (`make lint`), annotations are mypy's.
"""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = {str(path.relative_to(ROOT)): path.read_text() for path in sorted(ROOT.glob("app/**/*.py"))}

VAGUE = {"utils", "util", "service", "services", "constants", "core", "common", "helpers", "misc", "base", "manager"}

LONG = {
    "app/articles/actions.py": "all verbs over an article and its revisions, which share one set of private steps",
    "app/articles/documents.py": "all shapes of an article, for readers and for staff, which share most of their parts",
    "app/settings.py": "all settings, which are one class",
}
"""Files of more than 300 lines, and why each is left whole."""

Rule = Callable[[str, ast.Module], Iterator[int]]
"""Yields the number of each line that breaks the rule in the file at this path."""


def calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    """Every call of a function or method of this name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            if name == (called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", None)):
                yield node


def classes(tree: ast.AST) -> Iterator[tuple[ast.ClassDef, set[str]]]:
    """Every class with the names of its bases."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield node, {base.id for base in node.bases if isinstance(base, ast.Name)}


def selects_outside_queries(path: str, tree: ast.Module) -> Iterator[int]:
    # paging.py counts the rows of whatever list it is given: it wraps a query, and knows no table.
    if not path.endswith(("/queries.py", "_queries.py")) and path != "app/paging.py":
        yield from (call.lineno for call in calls(tree, "select"))
    yield from (call.lineno for call in calls(tree, "query"))


def commits(path: str, tree: ast.Module) -> Iterator[int]:
    if path != "app/writers.py":
        yield from (call.lineno for call in calls(tree, "commit"))


def lazy_relationships(_path: str, tree: ast.Module) -> Iterator[int]:
    for call in calls(tree, "relationship"):
        chosen = {keyword.arg: getattr(keyword.value, "value", None) for keyword in call.keywords}
        if chosen.get("lazy") != "raise":
            yield call.lineno


def defaults_in_what_is_sent(_path: str, tree: ast.Module) -> Iterator[int]:
    """An `Out` field with a default would be optional in the documentation, and missing where somebody forgot it."""
    for found, _ in classes(tree):
        for line in found.body if found.name.endswith("Out") else ():
            if isinstance(line, ast.AnnAssign) and line.value is not None and not _is_bare_field(line.value):
                yield line.lineno


def _is_bare_field(value: ast.expr) -> bool:
    if not isinstance(value, ast.Call) or value.args:
        return False
    defaults = [keyword for keyword in value.keywords if keyword.arg in ("default", "default_factory")]
    return all(ast.unparse(keyword.value) == "..." for keyword in defaults)


def shapes_without_a_rule(path: str, tree: ast.Module) -> Iterator[int]:
    """Each wire shape is an `In`, which forbids unknown fields, or an `Out`; none goes its own way."""
    if path != "app/schemas.py":
        for found, bases in classes(tree):
            own = {target.id for line in found.body for target in getattr(line, "targets", ()) if hasattr(target, "id")}
            if "BaseModel" in bases or ("model_config" in own and "BaseSettings" not in bases):
                yield found.lineno


def prints(path: str, tree: ast.Module) -> Iterator[int]:
    if path not in ("app/cli.py", "app/demo.py") and not path.endswith("/commands.py"):
        yield from (call.lineno for call in calls(tree, "print"))


def clocks(path: str, tree: ast.Module) -> Iterator[int]:
    """`app.db.now` is the one clock for what is on the record, so that it is aware and in UTC everywhere."""
    if path != "app/db.py":
        for name in ("utcnow", "today"):
            yield from (call.lineno for call in calls(tree, name))
        yield from (
            call.lineno
            for call in calls(tree, "now")
            if isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") == "datetime"
        )


def blocked_event_loops(_path: str, tree: ast.Module) -> Iterator[int]:
    """A session blocks. FastAPI gives a `def` route a thread; an `async def` one runs in the event loop, and may only
    hand a function to `Database.ask`."""
    for route in ast.walk(tree):
        if isinstance(route, ast.AsyncFunctionDef) and any("router." in ast.unparse(d) for d in route.decorator_list):
            yield from (node.lineno for node in ast.walk(route) if isinstance(node, ast.With))


def environment(path: str, tree: ast.Module) -> Iterator[int]:
    """Settings are read once and handed on: no other file looks into the environment."""
    if path != "app/settings.py":
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv"):
                yield node.lineno


def vague_names(path: str, _tree: ast.Module) -> Iterator[int]:
    if VAGUE & {*Path(path).with_suffix("").parts}:
        yield 1


def is_long(source: str) -> bool:
    return source.count("\n") > 300


BROKEN: list[tuple[Rule, str, str]] = [
    (selects_outside_queries, "app/articles/actions.py", "from sqlalchemy import select\nselect(Article)"),
    (selects_outside_queries, "app/articles/admin.py", "sqlalchemy.select(Article)"),
    (selects_outside_queries, "app/articles/queries.py", "session.query(Article)"),
    (commits, "app/articles/actions.py", "session.commit()"),
    (lazy_relationships, "app/articles/models.py", "revision = relationship()"),
    (lazy_relationships, "app/articles/models.py", "revision = relationship(lazy='select')"),
    (defaults_in_what_is_sent, "app/a/schemas.py", "class AOut(Out):\n    url: str | None = None"),
    (defaults_in_what_is_sent, "app/a/schemas.py", "class AOut(BOut):\n    n: int = Field(default=0)"),
    (defaults_in_what_is_sent, "app/a/schemas.py", "class AOut(Out):\n    n: int = Field(0)"),
    (defaults_in_what_is_sent, "app/a/schemas.py", "class AOut(Out):\n    n: list[int] = Field(default_factory=list)"),
    (shapes_without_a_rule, "app/a/schemas.py", "class AIn(BaseModel):\n    n: int"),
    (shapes_without_a_rule, "app/a/schemas.py", "class AIn(In):\n    model_config = ConfigDict(extra='ignore')"),
    (prints, "app/articles/actions.py", "print('here')"),
    (clocks, "app/articles/actions.py", "datetime.now()"),
    (clocks, "app/articles/actions.py", "datetime.utcnow()"),
    (clocks, "app/articles/actions.py", "date.today()"),
    (
        blocked_event_loops,
        "app/a/delivery.py",
        "@router.get('/a')\nasync def read_a(site):\n    with site.database.reader(): ...",
    ),
    (environment, "app/main.py", "os.environ['ONRECORD_DEBUG']"),
    (environment, "app/main.py", "os.getenv('ONRECORD_DEBUG')"),
    (vague_names, "app/articles/utils.py", ""),
    (vague_names, "app/core/articles.py", ""),
]
RULES = list(dict.fromkeys(rule for rule, _, _ in BROKEN))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_rules_hold(rule: Rule) -> None:
    broken = [f"{path}:{line}" for path, source in FILES.items() for line in rule(path, ast.parse(source))]
    assert not broken


@pytest.mark.parametrize(
    ("rule", "path", "source"), BROKEN, ids=lambda value: getattr(value, "__name__", None) or value
)
def test_a_rule_finds_what_breaks_it(rule: Rule, path: str, source: str) -> None:
    assert list(rule(path, ast.parse(source)))


def test_a_file_has_300_lines_at_most_or_a_reason_to_have_more() -> None:
    assert {path for path, source in FILES.items() if is_long(source)} == set(LONG)


def test_a_file_of_301_lines_counts_as_long() -> None:
    assert not is_long("\n" * 300)
    assert is_long("\n" * 301)
