"""`Accept`, as RFC 9110 (12.5.1) wants it read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.negotiation import MEDIA_TYPES, ranked

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "best"),
    [
        ("", "json"),
        (" , ", "json"),
        ("*/*", "json"),
        ("application/*", "json"),
        ("application/json", "json"),
        (BROWSER, "html"),
        ("text/html;q=0.9, application/json", "json"),
        ("text/html, application/json", "json"),
        ("Application/LD+JSON", "jsonld"),
        ('application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted";q=0.3, */*;q=0.1', "jsonld"),
        ("text/*, application/json;q=0.9", "html"),
        ("text/*, text/html;q=0.2", "markdown"),
        ("*/*, application/json;q=0", "jsonld"),
        ("text/markdown;q=1.000, text/html;q=0.999", "markdown"),
        ("text/markdown;q=2, text/html;q=0.1", "html"),
        ("text/markdown;q=, text/html;q=0.001", "html"),
        ("image/png", None),
        ("text/html;q=0", None),
        ("nonsense", None),
    ],
)
def test_the_best_format_is_the_one_that_weighs_most(accept: str, best: str | None) -> None:
    assert next(iter(ranked(accept)), None) == best


@given(st.text(max_size=60) | st.lists(st.sampled_from([*MEDIA_TYPES.values(), ";q=0.5", ",", "*/*"])).map("".join))
def test_whatever_is_sent_is_read(accept: str) -> None:
    names = ranked(accept)
    assert set(names) <= set(MEDIA_TYPES)
    assert len(set(names)) == len(names)
