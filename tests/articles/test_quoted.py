"""Marking quotes in a body's HTML: whatever the Markdown and wherever the quotes, the words stay what they are."""

from datetime import UTC, datetime
from html.parser import HTMLParser
from time import process_time
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.articles.body import render
from app.articles.formats.pieces import VOID
from app.articles.formats.quoted import marked
from app.articles.schemas import ArticleOut, BodyOut, CommentsOut
from app.quotes.schemas import HopOut, QuoteKind, QuoteOut
from app.sources.schemas import SourceOut

ID = UUID("0199a5b0-c0de-7000-8000-000000000001")
ANN = SourceOut(id=ID, slug="ann-lee", kind="person", name="Ann <Lee>", url=None)
TIDE = SourceOut(id=ID, slug="tide", kind="publication", name="The Tide", url=None)


def article(markdown: str, *quotes: tuple[int, int, QuoteKind]) -> ArticleOut:
    body = render(markdown)
    way = [HopOut(source=ANN, role="speaker", url=None, date=None)]
    way.append(HopOut(source=TIDE, role="via", url='https://tide.example/?a="1"', date=None))
    return ArticleOut(
        id=ID, slug="a", url="https://example.org/a", title="A", summary=None, language="en",
        published_at=datetime(2031, 5, 5, tzinfo=UTC), updated_at=datetime(2031, 5, 5, tzinfo=UTC), revision=1,
        aliases=[], canonical_url=None, authors=[], tags=[], image=None, images=[],
        body=BodyOut(markdown=body.markdown, html=body.html, text=body.text),
        quotes=[
            QuoteOut(
                id=UUID(int=number), kind=kind, exact=body.text[start:end], prefix="", suffix="", start=start, end=end,
                speaker=ANN, speaker_mention=None, cue=None, attribution=way, review="confirmed", anchor="anchored",
                confidence=None, verification="unverified",
            )
            for number, (start, end, kind) in enumerate(quotes)
        ],
        sources=[], permission=None, corrections=[], warnings=[],
        comments=CommentsOut(state="open", count=0, url="/v1/articles/a/comments"),
    )  # fmt: skip


class Read(HTMLParser):
    """The words of some HTML, with and without captions, and those of each marked quote. Its tags must be nested."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words, self.quotes = "", dict[str, str]()
        self.inside: list[tuple[str, str | None]] = []
        self.feed(html)
        self.close()
        assert self.inside == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        assert not (
            tag in ("p", "figure", "blockquote", "ul", "table") and any(t in ("p", "q") for t, _ in self.inside)
        )
        if tag not in VOID:
            self.inside.append((tag, names.get("data-quote")))
        if tag == "img":
            self.handle_data(names.get("alt") or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.inside.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if any(tag == "figcaption" for tag, _ in self.inside):
            return
        flat = "".join(data.split())
        self.words += flat
        for quote in {quote for _, quote in self.inside if quote}:
            self.quotes[quote] = self.quotes.get(quote, "") + flat


@pytest.mark.parametrize(
    ("markdown", "quotes", "html"),
    [
        ("He “may go”.", [(4, 10, "direct")], "<p>He “<q {0}>may go</q>”.</p>"),
        ("We *will* stay", [(0, 10, "direct")], "<p><q {0}>We <em>will</em> st</q>ay</p>"),
        ("a *b c* d", [(0, 3, "direct")], "<p><q {0}>a </q><em><q {0}>b</q> c</em> d</p>"),
        ("a *b c* d", [(4, 7, "direct")], "<p>a <em>b <q {0}>c</q></em><q {0}> d</q></p>"),
        ("a b\n\nc d", [(2, 5, "direct")], "<p>a <q {0}>b</q></p>\n<p><q {0}>c</q> d</p>"),
        ("x y z", [(0, 5, "direct"), (2, 3, "direct")], "<p><q {0}>x <q {1}>y</q> z</q></p>"),
        ("1 & 2", [(2, 3, "direct")], "<p>1 <q {0}>&amp;</q> 2</p>"),
        ("said so", [(0, 7, "indirect")], "<p>said so</p>"),
        ("> a\n>\n> b", [(0, 3, "block")], "{f}\n<p>a</p>\n<p>b</p>\n{/f}"),
        ("“a”\n\n“b”\n\nc", [(1, 6, "block")], "{f}<p>“a”</p>\n<p>“b”</p>{/f}\n<p>c</p>"),
        ("a b", [(0, 1, "block")], "<p><q {0}>a</q> b</p>"),
    ],
)
def test_a_quote_is_marked(markdown: str, quotes: list[tuple[int, int, QuoteKind]], html: str) -> None:
    marks = [f'cite="https://tide.example/?a=&quot;1&quot;" data-quote="{UUID(int=number)}"' for number in range(2)]
    expected = html.replace("{f}", f"<figure><blockquote {marks[0]}>").replace("{0}", marks[0]).replace("{1}", marks[1])
    closing = "</blockquote><figcaption>Ann &lt;Lee&gt;, via The Tide</figcaption></figure>"
    assert marked(article(markdown, *quotes)) == expected.replace("{/f}", closing)


MARKDOWN = st.lists(
    st.sampled_from(
        ["*", "**", "`", "a", "b c", "\n", "\n\n", "> ", "- ", "# ", "<b>", "&amp;", "&", "“", "速", "![alt x](/i)",
         "[link](/u)", "  \n", "    code\n", "| a | b |\n|---|---|\n| c | d |\n", "---\n", "\\*", "&#0;", "\u00a0"]
    ),
    max_size=25,
).map("".join)  # fmt: skip
KINDS = st.sampled_from(["direct", "mixed", "block", "indirect"])


@given(MARKDOWN, st.lists(st.tuples(st.integers(0, 80), st.integers(1, 40), KINDS), max_size=6))
def test_the_words_stay_and_every_quote_has_its_own(markdown: str, places: list[tuple[int, int, QuoteKind]]) -> None:
    text = render(markdown).text
    spans = [(s, min(s + n, len(text)), k) for s, n, k in places if text[s : s + n].strip()]
    made = article(markdown, *spans)
    read = Read(marked(made))
    assert read.words == "".join(text.split())
    for quote in made.quotes or ():
        flat = "".join(quote.exact.split())
        if quote.kind != "indirect" and "![" not in markdown:  # words in an attribute cannot be marked
            assert read.quotes.get(str(quote.id), "") in (flat, *framing(flat, read, quote))


def framing(flat: str, read: Read, quote: QuoteOut) -> list[str]:
    """A block quote in a frame has the marks around it too, such as “ and ”."""
    found = read.quotes.get(str(quote.id), "")
    return [found] if quote.kind == "block" and flat in found else []


def test_ten_thousand_quotes_in_a_megabyte_take_no_long_time() -> None:
    words = "word " * 200_000
    made = article(words, *[(n * 100, n * 100 + 50, "direct") for n in range(9_999)])
    began = process_time()
    assert marked(made).count("<q ") == 9_999
    assert process_time() - began < 2  # a walk over all of them for each word would take minutes
