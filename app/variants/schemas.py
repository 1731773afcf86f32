from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from app.articles.schemas import RecordedQuoteOut, StaffCardOut
from app.articles.snapshots import ChangeOut
from app.record.schemas import StaffQuoteOut
from app.schemas import In, Out
from app.variants.words import Label

MisquoteLabel = Literal["changed_words", "attributed", "headline"]
MisquoteState = Literal["open", "accepted", "dismissed"]

DIFFERS = "Word by word, from the one to the other; empty if nothing differs, `null` if one has more than 300 words."


class VariantOut(Out):
    """Another quote of the same statement, and how its words differ."""

    labels: list[Label] = Field(
        description="What sets the two apart. `same`: nothing but case, accents and punctuation. `trimmed`: one goes "
        "on at its beginning or end. `joined`: one has an ellipsis that the other has not. `bracketed`: one has words "
        "or letters in square brackets. `changed_words`: other words, or words left out without a mark. "
        "`attributed`: to someone else. All but `same` may come together; `same` may come with `attributed`.",
        examples=[["trimmed", "changed_words"]],
    )
    diff: list[ChangeOut] | None = Field(description=DIFFERS)
    quote: RecordedQuoteOut


class SidedQuoteOut(Out):
    """A quote that a misquote is about."""

    count: int = Field(description="How many quotes, in articles in any state but the trash, have these words.")
    quote: StaffQuoteOut = Field(description="The oldest of them.")


class MisquoteOut(Out):
    """What an editor should look at: quotes that cannot all be right, or words that a headline has and its text not."""

    id: UUID
    label: MisquoteLabel = Field(
        description="`changed_words`: two quotes of one statement have other words. `attributed`: to someone else. "
        "`headline`: words in quotation marks in a title or summary are not in the text."
    )
    state: MisquoteState
    words: str | None = Field(description="What the headline or summary quotes.", examples=["Whatever It Costs"])
    article: StaffCardOut | None = Field(description="The one with the headline.")
    quotes: list[SidedQuoteOut] = Field(
        description="The quotes that differ: one of each wording; of the same words, one of each speaker, 20 at most."
    )
    diff: list[ChangeOut] | None = Field(description="From the first quote to the second. " + DIFFERS)
    found_at: datetime
    decided_at: datetime | None


class MisquoteDecisionIn(In):
    """What an editor decides about a misquote."""

    state: MisquoteState = Field(
        description="`accepted`: it is one. `dismissed`: it is none. Neither comes back while the words and, if that "
        "is the matter, the speakers stay as they are. `open`: undecided again.",
        examples=["dismissed"],
    )
