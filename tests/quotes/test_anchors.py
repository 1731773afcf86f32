"""A quote is found again at its true place after an edit, or not at all."""

from dataclasses import dataclass
from statistics import median
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.quotes.actions import Span, carry, place
from app.quotes.anchors import CONTEXT, Edit
from app.quotes.models import Placement, Quote
from bench.anchors import measure

SAID = "Ida Holm said on Monday: “{}”, and went on. "
QUOTES = ["no", "We will not sell the ferry.", "aa", "“yes”"]


@dataclass(frozen=True)
class Piece:
    """Some characters of an article, and which quote they are, if any. Its characters stay together."""

    text: str
    quote: int | None = None


@st.composite
def articles(draw: st.DrawFn) -> list[Piece]:
    """An article in which the same words are quoted again and again, in sentences that are alike or the same."""
    pieces: list[Piece] = []
    repeated = draw(st.sampled_from(QUOTES))
    for number in range(draw(st.integers(1, 5))):
        frame = draw(st.sampled_from([SAID, "“{}.” ", f"In part {number} he wrote {{}} to them all. ", "{}"]))
        before, after = frame.split("{}")
        exact = draw(st.sampled_from([repeated, repeated, *QUOTES]))
        pieces += [Piece(before), Piece(exact, number), Piece(after)]
        pieces.append(Piece(draw(st.sampled_from(["", "no ", "The vote is on Friday. ", "He said no more. "]))))
    return [piece for piece in pieces if piece.text]


@st.composite
def edited(draw: st.DrawFn, pieces: list[Piece]) -> list[Piece]:
    """The article after an editor's work outside the quotes. What he writes is in letters that nothing else has."""
    pieces = list(pieces)
    for number in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(pieces) - 1))
        fresh = Piece(chr(0x4E00 + number) * draw(st.integers(1, 40)))
        work = draw(st.sampled_from(["insert", "delete", "replace", "cut"]))
        if work == "insert":
            pieces.insert(at, fresh)
        elif pieces[at].quote is not None:
            continue
        elif work == "cut":
            keep = draw(st.integers(0, len(pieces[at].text)))
            pieces[at] = Piece(pieces[at].text[keep:])
        else:
            pieces[at] = Piece("") if work == "delete" else fresh
    return pieces


def text_of(pieces: list[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


def places_of(pieces: list[Piece]) -> dict[int, int]:
    """Where each quote truly stands."""
    found, offset = {}, 0
    for piece in pieces:
        if piece.quote is not None:
            found[piece.quote] = offset
        offset += len(piece.text)
    return found


def placed(exact: str, text: str, start: int) -> Placement:
    quote = Quote()
    return place(quote, text, Span(start, start + len(exact)))


@settings(max_examples=600, deadline=None)
@given(st.data())
def test_a_quote_is_found_where_it_truly_stands_or_nowhere(data: st.DataObject) -> None:
    before = data.draw(articles())
    after = data.draw(edited(before))
    old, new = text_of(before), text_of(after)
    truth = places_of(after)
    exact = {piece.quote: piece.text for piece in before if piece.quote is not None}
    for number, start in places_of(before).items():
        [found] = carry([placed(exact[number], old, start)], old, new)
        assert found.start in (None, truth[number]), (old, new, exact[number])
        if found.start is None:
            assert (found.anchor, found.end) == ("orphaned", None)
        else:
            assert new[found.start : found.end] == found.exact == exact[number]
            assert found.anchor == ("anchored" if found.start == start else "moved")
            assert new[max(0, found.start - CONTEXT) : found.start] == found.prefix
            assert new[found.end : (found.end or 0) + CONTEXT] == found.suffix


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_an_edit_far_from_a_quote_never_loses_it(data: st.DataObject) -> None:
    before = data.draw(articles())
    old = text_of(before)
    fresh = data.draw(st.sampled_from(["一二三", "一" * 50 + " "]))
    end = data.draw(st.booleans())
    new = old + fresh if end else fresh + old
    exact = {piece.quote: piece.text for piece in before if piece.quote is not None}
    for number, start in places_of(before).items():
        [found] = carry([placed(exact[number], old, start)], old, new)
        assert found.start == (start if end else start + len(fresh))


def test_the_same_text_keeps_everything() -> None:
    text = "He said no, she said no, both said no."
    quotes = [placed("no", text, start) for start in (8, 21, 35)]
    quotes[0].mention_start, quotes[0].mention_end = 0, 2
    quotes[1].anchor = "moved"
    quotes[2].review, quotes[2].kind, quotes[2].confidence = "confirmed", "mixed", 0.5
    kept = carry(quotes, text, text)
    for before, after in zip(quotes, kept, strict=True):
        for name in (
            "exact", "prefix", "suffix", "start", "end", "kind", "review", "anchor", "confidence", "rule",
            "mention_start", "mention_end", "cue_start", "cue_end", "speaker_id", "parent_id",
        ):  # fmt: skip
            assert getattr(after, name) == getattr(before, name), name


@pytest.mark.parametrize(
    ("old", "start", "new", "expected"),
    [
        ("He said no.", 8, "He then said no.", 13),
        ("He said no.", 8, "He said yes.", None),
        ("He said no. She agreed.", 8, "She agreed.", None),
        ("no no no", 3, "x no no y", None),
        ("Asked, he said no. Asked, she said no.", 15, "Asked, she said no.", None),
        ("Asked, he said no. Asked, she said no.", 35, "Asked, she said no.", 16),
        ("Later he said no to them.", 14, "Later he said no to them. Again: no.", 14),
    ],
    ids=["moved", "changed", "deleted", "one of three alike", "its own was deleted", "the other was deleted", "copied"],
)
def test_examples(old: str, start: int, new: str, expected: int | None) -> None:
    [found] = carry([placed("no", old, start)], old, new)
    assert found.start == expected


def test_an_orphaned_quote_comes_back_with_its_words() -> None:
    first = "Early on Monday he said we will sail, as planned."
    quote = placed("we will sail", first, first.index("we will"))
    [orphan] = carry([quote], first, "Early on Monday he said nothing, as planned.")
    assert (orphan.anchor, orphan.start, orphan.end) == ("orphaned", None, None)
    assert (orphan.exact, orphan.prefix, orphan.suffix) == (quote.exact, quote.prefix, quote.suffix)
    [again] = carry([orphan], "Early on Monday he said nothing, as planned.", first)
    assert (again.anchor, again.start) == ("moved", quote.start)


def test_offsets_count_code_points() -> None:
    text = "👩‍👩‍👧 𝔘 said “ñandú 渡輪” twice."
    start = text.index("ñ")
    [found] = carry([placed("ñandú 渡輪", text, start)], text, "😀" + text)
    assert found.start == start + 1


def test_a_word_that_stands_everywhere_costs_no_time() -> None:
    edit = Edit("a" * 500_000, "b" + "a" * 499_998 + "b")
    began = process_time()
    found = [edit.find("a", "a" * 32, "a" * 32, start=start) for start in range(1000, 100_000, 1000)]
    assert found == [None] * 99
    assert process_time() - began < 1


def test_no_quote_is_said_to_stand_at_other_words_than_its_own() -> None:
    """Of each character it is known what became of it; `make fuzz-anchors` does the same with thousands of articles."""
    counts, seconds = measure(150, 3)
    assert counts["wrong"] == 0
    assert counts["kept"] > 3000
    assert counts["kept"] / (counts["kept"] + counts["lost"]) >= 0.995
    assert counts["changed"] > 50
    assert counts["orphaned"] > 50
    assert median(seconds) < 0.001


def test_mended_marks_are_the_same_words() -> None:
    old = 'He said: "It\'s ours - no more," and left.'
    new = "He said: “It’s ours – no more,” and left."
    [found] = carry([placed("It's ours - no more", old, 10)], old, new)
    assert (found.exact, found.start, found.anchor) == ("It’s ours – no more", 10, "anchored")


def test_a_quote_with_other_words_is_changed_until_an_editor_has_looked() -> None:
    old = "Late on Monday evening he said: “We will not sell the old night ferry to anybody at all,” and left the room."
    new = old.replace("old night ferry", "ferry")
    exact = "We will not sell the old night ferry to anybody at all"
    [found] = carry([placed(exact, old, old.index(exact))], old, new)
    assert (found.exact, found.anchor) == ("We will not sell the ferry to anybody at all", "changed")
    [still] = carry([found], new, f"{new} It was late.")
    assert (still.exact, still.anchor) == (found.exact, "changed")


def test_the_same_words_of_somebody_else_are_another_quote() -> None:
    old = "The harbour master was asked twice. “Not at all,” said Ida Holm. The vote is on Friday, at the latest."
    new = "The harbour master was asked twice. The vote is on Friday, “Not at all,” an old man cried, at the latest."
    [found] = carry([placed("Not at all", old, old.index("Not at"))], old, new)
    assert found.anchor == "orphaned"
