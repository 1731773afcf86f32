"""Which name stands behind a surname, a pronoun or a description."""

from __future__ import annotations

import pytest

from app.extract import extract_body

LEE = "Harbour minister Ann Lee opened the bridge with envoy Tom Moss on Monday. "


def resolved(text: str) -> tuple[str | None, str | None]:
    quote = [q for q in extract_body(text).quotes if q.speech][-1]
    return quote.speaker_name, quote.speaker_kind


@pytest.mark.parametrize(
    ("sentence", "name", "kind"),
    [
        ("“We are proud of it,” Lee said.", "Ann Lee", "person"),
        ("“We are proud of it,” Mr. Moss said.", "Tom Moss", "person"),
        ("“We are proud of it,” she said.", "Ann Lee", "person"),
        ("“We are proud of it,” he said.", "Tom Moss", "person"),
        ("“We are proud of it,” the envoy said.", "Tom Moss", "person"),
        ("“We are proud of it,” the Ministry of Works said.", "Ministry of Works", "organization"),
        ("“We are proud of it,” the Leeds Courier wrote.", "Leeds Courier", "publication"),
        ("“We are proud of it,” two officials said.", None, "unnamed"),
        ("“We are proud of it,” the statement said.", None, "document"),
        ("“We are proud of it,” they said.", None, "unnamed"),
    ],
)
def test_mention_leads_to_the_name(sentence: str, name: str | None, kind: str) -> None:
    assert resolved(LEE + sentence) == (name, kind)


def test_the_report_is_that_of_the_paper_that_spoke_before() -> None:
    text = "“The bridge is old,” the Leeds Courier wrote on Monday.\n“It may fall,” the report adds."
    assert resolved(text) == ("Leeds Courier", "publication")


def test_name_inside_quotation_marks_is_not_whom_a_pronoun_means() -> None:
    text = "Ann Lee came late. “I blame Mary Stone for it,” she said."
    assert resolved(text) == ("Ann Lee", "person")


def test_sources_are_listed_once_with_roles_and_aliases() -> None:
    text = (
        "“The bridge is old,” said Ann Lee. “It must go,” Lee said.\n"
        "The river rises, according to Tom Moss.\n“It may fall,” two officials told Reuters."
    )
    sources = {s.name: s for s in extract_body(text).sources}
    assert set(sources) == {"Ann Lee", "Tom Moss", "two officials", "Reuters"}
    assert (sources["Ann Lee"].roles, sources["Ann Lee"].aliases) == (("speaker",), ("Lee",))
    assert sources["Tom Moss"].roles == ("cited",)
    assert (sources["two officials"].kind, sources["Reuters"].roles) == ("unnamed", ("via",))


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("“We are proud of it,” Lee said.", "Ann Lee"),
        ("“We are proud of it,” two officials said.", "two officials"),
        ("“We are proud of it,” they said.", None),
        ("“We are proud of it,” data showed.", "data"),
        ("The paper called the bridge old, but it said that the view was “too long”.", None),
    ],
)
def test_a_source_is_called_by_name_or_description_but_never_by_a_pronoun(sentence: str, source: str | None) -> None:
    draft = extract_body(LEE + sentence)
    assert draft.quotes[-1].source_name == source
    assert draft.quotes[-1].speaker is not None
    assert [found.name for found in draft.sources if "speaker" in found.roles] == ([source] if source else [])
