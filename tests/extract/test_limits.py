"""Any text is answered, in time that grows with its length and no faster."""

from __future__ import annotations

import ast
import gc
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.extract import extract_body

PACKAGE = Path(__file__).resolve().parents[2] / "app" / "extract"


def seconds(text: str) -> float:
    """Of the processor, for this thread: neither a busy machine nor the garbage of other tests is in it."""
    gc.collect()
    gc.disable()
    try:
        start = time.thread_time()
        extract_body(text)
        return time.thread_time() - start
    finally:
        gc.enable()


@pytest.mark.parametrize(
    "piece",
    [
        "“We will go on with it,” said Ann Lee of Leeds. ",
        "and he called it “a very good thing” ",
        "“We will go on.”\n",
        "Ann Lee went home. He said, “I am here now.” ",
        "Ann Lee said that the bridge would close in June. ",
    ],
)
def test_sixteen_times_the_quotes_cost_about_sixteen_times_as_much(piece: str) -> None:
    small = min(seconds(piece * 500) for _ in range(3))
    assert seconds(piece * 8000) < 32 * small + 0.05


@pytest.mark.parametrize(
    "text",
    [
        "word " * 200_000,
        "Ann Lee " * 125_000,
        "A." * 500_000,
        '"' * 500_000,
        "“‘" * 100_000 + "x" + "’”" * 100_000,
        "said that he " * 80_000 + "“x y z a” said",
        "“" + ", according to " * 70_000 + "Lee,” he said",
        "“" + "A" * 500_000 + "” said Lee",
        "(" * 500_000,
        "Ann said that he " * 60_000,
    ],
    ids=["words", "names", "initials", "marks", "nested", "clauses", "citations", "capitals", "brackets", "reports"],
)
def test_million_characters_in_one_paragraph_do_not_hang(text: str) -> None:
    assert seconds(text) < 15


@given(st.text(alphabet="“”\"'‘’«»„ \nAaBb.,?!:()—said", max_size=120))
@settings(max_examples=300, deadline=None)
def test_any_string_gives_quotes_at_their_places_in_order_and_the_same_twice(text: str) -> None:
    draft = extract_body(text)
    assert draft == extract_body(text)
    for number, quote in enumerate(draft.quotes):
        assert text[quote.start : quote.end] == quote.exact != ""
        assert 0 <= quote.confidence <= 1
        if quote.parent is not None:
            around = draft.quotes[quote.parent]
            assert quote.parent < number
            assert around.start <= quote.start <= quote.end <= around.end
    assert [q.start for q in draft.quotes] == sorted(q.start for q in draft.quotes)


def test_room_imports_the_standard_library_and_itself_only() -> None:
    for path in PACKAGE.rglob("*.py"):
        if path.parent.name == "readers" and path.name not in ("__init__.py", "plain.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name.startswith("app.extract") or name.split(".")[0] in sys.stdlib_module_names, (path, name)
